// The least solution of the timing rules, word by word, each word once.
//
// A stream's next word can be dated once the few words that its producer's and its consumer's rules
// name are dated. So streams are taken from a stack, each goes as far as it can, and then waits for
// one word of one neighbour; a neighbour that dates this word puts it back. What is left waiting
// when the stack is empty never happens. The rules are those of sim/forms.py.
//
// Of each stream only the words are kept that rules still look back to, in a ring. A ring that is too
// short for how far a design's streams are apart is made longer when nothing else moves.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

namespace {

using Cycle = int64_t;
using Index = int64_t;

enum Kind : int64_t { kQueue, kFold, kUnpack, kFork, kJoin, kBuffer, kHold, kDeal };
enum Event : uint8_t { kOffered, kMoved };
constexpr int64_t kWeights = -2;  // Where weights come from; pixels come from -1.
constexpr int64_t kNobody = -1, kRing = -2;
constexpr Index kFirstRing = 512;

// In the order of their columns in Python.
struct UnitRow {
  int64_t kind, depth, count, latency, free_after, map, hold, first_share, ins, first_in, outs, first_out;
};
struct StreamRow { int64_t words, source, target; };

// Pairs of one frame, the second rising with the first, and how far both go on in a frame.
struct Pairs {
  const int64_t *at, *of;
  Index count, at_step, of_step;
  Index next = 0, at_base = 0, of_base = 0;
  // The first of the pairs at or behind word k: k only ever grows. There must be some.
  Index next_from(Index k) {
    while (at_base + at[next] < k) {
      if (++next == count) next = 0, at_base += at_step, of_base += of_step;
    }
    return at_base + at[next];
  }
  // The second of pair `k`, if there is one.
  bool find(Index k, Index *found) {
    if (!count || next_from(k) != k) return false;
    *found = of_base + of[next];
    return true;
  }
};
struct Map { Pairs reads, blocks; };

struct Pattern {
  const int64_t *set, *rank;
  int64_t ones, period;
  bool next(Cycle from, Cycle *found) const {
    if (!ones) return false;
    const int64_t before = from / period * ones + rank[from % period];
    *found = before / ones * period + set[before % ones];
    return true;
  }
};

struct Stream {
  Index words;  // Of a frame.
  int64_t source, target;
  Index limit = 0, n_offered = 0, n_moved = 0;
  // Words from `base` on, at their index modulo the size of the ring.
  std::vector<Cycle> moved_ring, offered_ring;
  Index mask = 0, base = 0;
  // Where in words of the producer's input, and of the consumer's output, the next word is.
  Index from = 0, from_rest = 0, to = 0, to_rest = 0;
  // What it waits for: a stream, what of it, and how many words.
  int64_t on = kNobody;
  Event event = kMoved;
  Index least = 0;
  bool pushed = false;
  bool runs = false;  // From a memory into a fold.
  std::vector<int32_t> neighbours;
  // Results, where asked for; word `begin` comes first.
  Cycle *moved_out = nullptr, *offered_out = nullptr, *room_out = nullptr;
  Index begin = 0;

  Cycle moved(Index k) const { return moved_ring[k & mask]; }
  Cycle offered(Index k) const { return offered_ring[k & mask]; }
  bool full() const { return n_offered - base > mask; }
};

class Solver {
 public:
  std::vector<Stream> streams;
  std::vector<UnitRow> units;
  std::vector<int64_t> ports, shares, numbers;
  std::vector<Map> maps;
  Pattern valid, ready, weights;
  int64_t ready_after = 0, period = 0;

  // Solve for one more frame; whether all of its words happen.
  bool next_frame() {
    for (size_t s = 0; s < streams.size(); ++s) {
      streams[s].limit += streams[s].words;
      push(s);
    }
    do {
      while (!stack.empty()) {
        const int64_t s = stack.back();
        stack.pop_back();
        streams[s].pushed = false;
        if (advance(s)) wake(s);
      }
    } while (make_room());
    return std::all_of(streams.begin(), streams.end(),
                       [](const Stream &s) { return s.n_moved == s.limit; });
  }

  // Whether bounds are known of the cycles a frame that follow, in the mean of many: the least and the
  // most that the words which rules look back to are later than in the frame before, in whole periods
  // of the traffic. What comes depends on nothing else, nothing comes earlier for one that is later,
  // and all stays as it is if all is later by as many periods. So where both bounds are the same, each
  // frame repeats the one before it, so much later.
  bool bounds(Cycle *fewest, Cycle *most) {
    if (!period) return false;
    std::swap(state, last_state);
    std::swap(reach, last_reach);
    state.clear(), reach.clear();
    for (size_t s = 0; s < streams.size(); ++s) {
      const Stream &stream = streams[s];
      const Index low = lowest(s);
      // At the start rules have less to look back to.
      if (low < 0) return reach.clear(), false;
      reach.push_back(stream.n_moved - low);
      for (Index k = low; k < stream.n_moved; ++k) {
        state.push_back(stream.moved(k));
        state.push_back(stream.offered(k));
      }
    }
    if (reach != last_reach) return false;
    *fewest = *most = state[0] - last_state[0];
    for (size_t k = 1; k < state.size(); ++k) {
      const Cycle later = state[k] - last_state[k];
      *fewest = std::min(*fewest, later), *most = std::max(*most, later);
    }
    *fewest = *fewest / period * period;
    *most = (*most + period - 1) / period * period;
    return true;
  }

 private:
  std::vector<int32_t> stack;
  std::vector<Cycle> state, last_state;
  std::vector<Index> reach, last_reach;

  void push(int64_t s) {
    if (streams[s].pushed) return;
    streams[s].pushed = true;
    stack.push_back(s);
  }

  const int64_t *ins(const UnitRow &u) const { return &ports[u.first_in]; }
  const int64_t *outs(const UnitRow &u) const { return &ports[u.first_out]; }

  bool there(Stream &s, int64_t other, Event event, Index least) {
    const Stream &o = streams[other];
    if ((event == kOffered ? o.n_offered : o.n_moved) >= least) return true;
    s.on = other, s.event = event, s.least = least;
    return false;
  }

  void wake(int64_t s) {
    const Stream &from = streams[s];
    for (const int32_t other : from.neighbours) {
      const Stream &o = streams[other];
      if (o.on == s && (o.event == kOffered ? from.n_offered : from.n_moved) >= o.least) push(other);
    }
  }

  // Let streams go on whose rings are full; whether there are any.
  bool make_room() {
    bool freed = false, any = false;
    for (size_t s = 0; s < streams.size(); ++s) {
      if (streams[s].on != kRing) continue;
      any = true;
      streams[s].base = std::max(streams[s].base, lowest(s));
      if (!streams[s].full()) push(s), freed = true;
    }
    for (size_t s = 0; any && !freed && s < streams.size(); ++s) {
      if (streams[s].on == kRing) lengthen(streams[s]), push(s);
    }
    return any;
  }

  void lengthen(Stream &s) {
    const Index mask = 2 * s.mask + 1;
    std::vector<Cycle> moved(mask + 1), offered(mask + 1);
    for (Index k = std::max<Index>(s.base, 0); k < s.n_offered; ++k) {
      moved[k & mask] = s.moved(k);
      offered[k & mask] = s.offered(k);
    }
    s.moved_ring.swap(moved), s.offered_ring.swap(offered);
    s.mask = mask;
  }

  // The first word of a stream that any rule may still ask for.
  Index lowest(int64_t index) const {
    const Stream &s = streams[index];
    Index low = s.n_moved - 1;
    for (const int32_t other : s.neighbours) {
      const Stream &o = streams[other];
      if (o.source >= 0 && o.source == s.target) low = std::min(low, offer_asks(o));
      if (o.target >= 0 && (o.target == s.source || o.target == s.target)) {
        low = std::min(low, take_asks(o, index));
      }
    }
    return low;
  }

  // The first word of its producer's input that the next words of `o` may depend on.
  Index offer_asks(const Stream &o) const {
    const UnitRow &u = units[o.source];
    const Index k = o.n_offered;
    switch (u.kind) {
      case kFold: return k * u.count;
      case kHold: return k / u.hold * u.hold * u.count;
      case kDeal: return dealt_index(u, port_of(outs(u), &o), k);
      case kUnpack: return k / u.count;
      case kBuffer: {
        const Pairs &reads = maps[u.map].reads;
        return reads.of_base + reads.of[reads.next];
      }
      default: return k;
    }
  }

  // The first word of stream `asked` that the next words of input `i` may depend on.
  Index take_asks(const Stream &i, int64_t asked) const {
    const UnitRow &u = units[i.target];
    const Index k = i.n_moved;
    const bool output = streams[asked].source == i.target;
    switch (u.kind) {
      case kQueue: return k - u.depth;
      case kFold: return k / u.count - u.depth;
      case kHold:
        if (output) return k / (u.hold * u.count) * u.hold - u.depth;
        return &i == &streams[ins(u)[0]] ? k / u.hold : k * u.hold;
      case kDeal: return k / u.count * shares[u.first_share + port_of(outs(u), &streams[asked])];
      case kUnpack: return k * u.count;
      case kJoin: return output ? k - 1 : k;
      case kBuffer: {
        const Pairs &blocks = maps[u.map].blocks;
        return blocks.count ? blocks.of_base + blocks.of[blocks.next] : std::numeric_limits<Index>::max();
      }
      default: return k;
    }
  }

  // Go on with a stream as far as what is known lets it; whether it moved at all.
  bool advance(int64_t index) {
    Stream &s = streams[index];
    s.on = kNobody;
    const Index offered = s.n_offered, moved = s.n_moved;
    while (s.n_moved < s.limit) {
      const Index k = s.n_moved;
      const Cycle free = k ? s.moved(k - 1) + 1 : 0;
      if (s.n_offered == k) {
        if (s.full()) {
          s.base = std::max(s.base, lowest(index));
          if (s.full()) {
            s.on = kRing;
            break;
          }
        }
        if (run_on(s, k, free)) continue;
        Cycle cycle = 0;
        if (!offer(s, k, free, &cycle)) break;
        cycle = std::max(cycle, free);
        s.offered_ring[k & s.mask] = cycle;
        if (s.offered_out) s.offered_out[k - s.begin] = cycle;
        ++s.n_offered;
      }
      Cycle room = 0;
      if (!take(s, k, &room)) break;
      Cycle cycle = std::max(std::max(s.offered(k), room), free);
      if (s.target < 0 && !accept(s, k, &cycle)) break;
      s.moved_ring[k & s.mask] = cycle;
      if (s.moved_out) s.moved_out[k - s.begin] = cycle;
      if (s.room_out) s.room_out[k - s.begin] = room;
      ++s.n_moved;
    }
    return s.n_offered != offered || s.n_moved != moved;
  }

  // Words that wait for nothing but the one before them: reads of a memory whose words are there, into
  // a fold that does not end yet. Most words of most designs are of this kind.
  bool run_on(Stream &s, Index k, Cycle free) {
    if (!s.runs || !k) return false;
    const UnitRow &u = units[s.target];
    const Index next = maps[units[s.source].map].reads.next_from(k);
    Index count = std::min(std::min(next - k, u.count - 1 - s.to_rest), s.limit - k);
    count = std::min(count, std::min(s.mask + 1 - (k & s.mask), s.base + s.mask + 1 - k));
    if (count < 2) return false;
    Cycle *moved = &s.moved_ring[k & s.mask], *offered = &s.offered_ring[k & s.mask];
    for (Index j = 0; j < count; ++j) moved[j] = offered[j] = free + j;
    if (s.moved_out) {
      for (Index j = 0; j < count; ++j) s.moved_out[k - s.begin + j] = free + j;
    }
    if (s.offered_out) {
      for (Index j = 0; j < count; ++j) s.offered_out[k - s.begin + j] = free + j;
    }
    if (s.room_out) std::fill_n(s.room_out + (k - s.begin), count, 0);
    s.n_moved += count, s.n_offered += count;
    s.to_rest += count;
    return true;
  }

  // When the sink takes a word that could leave at `*cycle`.
  bool accept(const Stream &s, Index k, Cycle *cycle) const {
    if (!ready_after) return ready.next(*cycle, cycle);
    *cycle = std::max(*cycle, s.offered(k) + ready_after);
    return true;
  }

  // Least cycle in which the producer can offer word k; false where that is not known yet.
  bool offer(Stream &s, Index k, Cycle free, Cycle *cycle) {
    if (s.source < 0) return (s.source == kWeights ? weights : valid).next(free, cycle);
    const UnitRow &u = units[s.source];
    const int64_t in = ins(u)[0];
    const Stream &i = streams[in];
    switch (u.kind) {
      case kQueue:
        if (!there(s, in, kMoved, k + 1)) return false;
        *cycle = i.moved(k) + u.latency;
        return true;
      case kFold: {
        const Index last = s.from + u.count - 1;
        if (!there(s, in, kMoved, last + 1)) return false;
        *cycle = i.moved(last) + u.latency;
        s.from += u.count;
        return true;
      }
      case kHold: {
        // Of each fold of count * hold words the last `hold` give an output each.
        const Index last = k / u.hold * u.hold * u.count + u.hold * (u.count - 1) + k % u.hold;
        if (!there(s, in, kMoved, last + 1)) return false;
        *cycle = i.moved(last) + u.latency;
        return true;
      }
      case kDeal: {
        const Index each = dealt_index(u, port_of(outs(u), &s), k);
        if (!there(s, in, kOffered, each + 1)) return false;
        *cycle = i.offered(each);
        return true;
      }
      case kUnpack:
        if (!there(s, in, kOffered, s.from + 1)) return false;
        *cycle = i.offered(s.from);
        if (++s.from_rest == u.count) s.from_rest = 0, ++s.from;
        return true;
      case kFork:
        if (!there(s, in, kOffered, k + 1)) return false;
        *cycle = i.offered(k);
        return true;
      case kJoin:
        if (!there(s, in, kMoved, k + 1)) return false;
        *cycle = i.moved(k) + 1;
        return true;
      case kBuffer: {
        // A read is issued a cycle before its word is offered, when the word before has left.
        Cycle issued = free ? free - 1 : 0;
        Index need;
        if (maps[u.map].reads.find(k, &need)) {
          if (!there(s, in, kMoved, need + 1)) return false;
          issued = std::max(issued, i.moved(need) + 1);
        }
        *cycle = issued + 1;
        return true;
      }
    }
    return false;
  }

  // Least cycle in which the consumer can accept word k; false where that is not known yet.
  bool take(Stream &s, Index k, Cycle *room) {
    if (s.target < 0) return true;
    const UnitRow &u = units[s.target];
    const int64_t out = outs(u)[0];
    const Stream &o = streams[out];
    switch (u.kind) {
      case kQueue:
        return place(s, out, k, u, room);
      case kFold:
        if (s.to_rest == u.count - 1) {
          if (!place(s, out, s.to, u, room)) return false;
          s.to_rest = 0, ++s.to;
        } else {
          ++s.to_rest;
        }
        return true;
      case kHold: {
        if (u.ins > 1 && &s == &streams[ins(u)[1]]) {
          const Index last = k * u.hold + u.hold - 1;
          if (!there(s, ins(u)[0], kMoved, last + 1)) return false;
          *room = streams[ins(u)[0]].moved(last);
          return true;
        }
        const Index fold = u.hold * u.count, within = k % fold - u.hold * (u.count - 1);
        if (within >= 0 && !place(s, out, k / fold * u.hold + within, u, room)) return false;
        if (u.ins > 1) {
          const int64_t other = ins(u)[1];
          if (!there(s, other, kOffered, k / u.hold + 1)) return false;
          *room = std::max(*room, streams[other].offered(k / u.hold));
        }
        return true;
      }
      case kDeal: {
        Index rest = k % u.count, port = 0;
        while (rest >= shares[u.first_share + port]) rest -= shares[u.first_share + port++];
        const int64_t other = outs(u)[port];
        const Index each = k / u.count * shares[u.first_share + port] + rest;
        if (!there(s, other, kMoved, each + 1)) return false;
        *room = streams[other].moved(each);
        return true;
      }
      case kUnpack: {
        const Index last = s.to + u.count - 1;
        if (!there(s, out, kMoved, last + 1)) return false;
        *room = o.moved(last);
        s.to += u.count;
        return true;
      }
      case kFork:
        for (int64_t p = 0; p < u.outs; ++p) {
          const int64_t each = outs(u)[p];
          if (!there(s, each, kMoved, k + 1)) return false;
          *room = std::max(*room, streams[each].moved(k));
        }
        return true;
      case kJoin:
        for (int64_t p = 0; p < u.ins; ++p) {
          const int64_t each = ins(u)[p];
          if (!there(s, each, kOffered, k + 1)) return false;
          *room = std::max(*room, streams[each].offered(k));
        }
        if (k) {
          if (!there(s, out, kMoved, k)) return false;
          *room = std::max(*room, o.moved(k - 1));
        }
        return true;
      case kBuffer: {
        Index freed;
        if (maps[u.map].blocks.find(k, &freed) && freed >= 0) {
          if (!there(s, out, kOffered, freed + 1)) return false;
          *room = o.offered(freed);
        }
        return true;
      }
    }
    return false;
  }

  int64_t port_of(const int64_t *list, const Stream *s) const {
    int64_t port = 0;
    while (&streams[list[port]] != s) ++port;
    return port;
  }

  // Input word that is word k on a port of what deals words out.
  Index dealt_index(const UnitRow &u, int64_t port, Index k) const {
    const int64_t share = shares[u.first_share + port];
    Index before = 0;
    for (int64_t p = 0; p < port; ++p) before += shares[u.first_share + p];
    return k / share * u.count + before + k % share;
  }

  // Room for word k of a store of `depth` words.
  bool place(Stream &s, int64_t out, Index k, const UnitRow &u, Cycle *room) {
    if (!u.depth) {
      // Word k waits for itself.
      there(s, out, kMoved, std::numeric_limits<Index>::max());
      return false;
    }
    if (k < u.depth) return true;
    if (!there(s, out, kMoved, k - u.depth + 1)) return false;
    *room = streams[out].moved(k - u.depth) + u.free_after;
    return true;
  }
};

}  // namespace

extern "C" {

// A solver of its own copy of the tables. `numbers` holds the pairs of maps, then the patterns.
Solver *open_solver(
    int64_t n_streams, const StreamRow *rows, int64_t n_units, const UnitRow *units, int64_t n_ports,
    const int64_t *ports, int64_t n_shares, const int64_t *shares, int64_t n_maps,
    const int64_t *map_rows, const int64_t *traffic, int64_t n_numbers, const int64_t *numbers) {
  auto *solver = new Solver;
  solver->units.assign(units, units + n_units);
  solver->ports.assign(ports, ports + n_ports);
  solver->shares.assign(shares, shares + n_shares);
  solver->numbers.assign(numbers, numbers + n_numbers);
  const int64_t *at = solver->numbers.data();
  const auto take = [&at](int64_t count) { return (at += count) - count; };
  for (int64_t m = 0; m < n_maps; ++m, map_rows += 4) {
    const int64_t in_words = map_rows[2], out_words = map_rows[3];
    Map map{};
    map.reads = {take(map_rows[0]), take(map_rows[0]), map_rows[0], out_words, in_words};
    map.blocks = {take(map_rows[1]), take(map_rows[1]), map_rows[1], in_words, out_words};
    solver->maps.push_back(map);
  }
  for (Pattern *p : {&solver->valid, &solver->ready, &solver->weights}) {
    p->ones = *traffic++, p->period = *traffic++;
    p->set = take(p->ones), p->rank = take(p->period);
  }
  solver->ready_after = *traffic++, solver->period = *traffic++;
  solver->streams.resize(n_streams);
  const auto kind = [&](int64_t unit) { return unit < 0 ? -1 : solver->units[unit].kind; };
  for (int64_t s = 0; s < n_streams; ++s) {
    Stream &stream = solver->streams[s];
    stream.runs = kind(rows[s].source) == kBuffer && kind(rows[s].target) == kFold;
    stream.words = rows[s].words, stream.source = rows[s].source, stream.target = rows[s].target;
    stream.mask = kFirstRing - 1;
    stream.moved_ring.resize(kFirstRing), stream.offered_ring.resize(kFirstRing);
    for (int64_t o = 0; o < n_streams; ++o) {
      const bool touch = (rows[o].source >= 0 && (rows[o].source == stream.source || rows[o].source == stream.target)) ||
                         (rows[o].target >= 0 && (rows[o].target == stream.source || rows[o].target == stream.target));
      if (o != s && touch) stream.neighbours.push_back(o);
    }
  }
  return solver;
}

void close_solver(Solver *solver) { delete solver; }

// Solve for up to `frames` more frames, fewer if all that follow repeat the last one. Results go to
// three arrays for each stream, those that are not null. What each stream has offered and moved in
// all, and the cycle in which it last moved (-1), goes to `counts`; the least and the most cycles a
// frame that may follow the last one to `bounds`, or -1 twice where these are not known.
//
// Returns the frames done, the last of which may be incomplete: then it is below zero.
int64_t solve(Solver *solver, int64_t frames, int64_t *const *results, int64_t *counts, int64_t *bounds) {
  for (Stream &s : solver->streams) {
    s.moved_out = *results++, s.offered_out = *results++, s.room_out = *results++;
    s.begin = s.limit;
  }
  int64_t done = 0;
  bool whole = true;
  do {
    bounds[0] = bounds[1] = -1;
    whole = solver->next_frame();
    ++done;
    if (whole) solver->bounds(&bounds[0], &bounds[1]);
  } while (whole && done < frames && (bounds[0] < 0 || bounds[0] < bounds[1]));
  for (const Stream &s : solver->streams) {
    *counts++ = s.n_offered, *counts++ = s.n_moved;
    *counts++ = s.n_moved ? s.moved(s.n_moved - 1) : -1;
  }
  return whole ? done : -done;
}
}
