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
enum Wait : uint8_t { kNothing, kOffered, kMoved, kRing };
constexpr int64_t kOutside = -1, kWeights = -2;  // Instead of a unit; weights come from the latter.
constexpr Index kFirstRing = 512;
constexpr Index kEnd = std::numeric_limits<Index>::max();

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
  bool always() const { return ones && ones == period; }
  bool next(Cycle from, Cycle *found) const {
    *found = from;
    if (always()) return true;
    if (!ones) return false;
    const int64_t before = from / period * ones + rank[from % period];
    *found = before / ones * period + set[before % ones];
    return true;
  }
};

struct Stream {
  // A unit: its row, the kind of its rule, its map, the first stream on its far side; or the pattern of
  // what is outside.
  struct End {
    int64_t kind;
    const UnitRow *unit = nullptr;
    const Pattern *pattern = nullptr;
    Map *map = nullptr;
    Stream *far = nullptr;
    bool runs = false;  // Words may pass it one a cycle that wait for nothing else.
  };
  End source, target;
  Index words = 0;  // Of a frame.
  Index limit = 0, n_offered = 0, n_moved = 0;
  // Words from `base` on, at their index modulo the size of the ring.
  std::vector<Cycle> moved_ring, offered_ring;
  Index mask = 0, base = 0;
  // Where in words of the producer's input, and of the consumer's output, the next word is.
  Index from = 0, from_rest = 0, to = 0, to_rest = 0;
  // What it waits for: a stream, what of it, and how many words. Those that wait for it are linked.
  Wait wait = kNothing;
  Index least = 0;
  Stream *waiting = nullptr, *next_waiting = nullptr;
  bool pushed = false;
  std::vector<Stream *> neighbours;
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

  // Tell streams what lies at their ends, once all tables are there.
  void connect(const StreamRow *rows) {
    for (size_t k = 0; k < streams.size(); ++k) {
      Stream &s = streams[k];
      s.words = rows[k].words;
      s.source = end(rows[k].source, true), s.target = end(rows[k].target, false);
      s.mask = kFirstRing - 1;
      s.moved_ring.resize(kFirstRing), s.offered_ring.resize(kFirstRing);
    }
    for (Stream &s : streams) {
      for (Stream &o : streams) {
        if (&o == &s) continue;
        const bool touch = (o.source.unit && (o.source.unit == s.source.unit || o.source.unit == s.target.unit)) ||
                           (o.target.unit && (o.target.unit == s.source.unit || o.target.unit == s.target.unit));
        if (touch) s.neighbours.push_back(&o);
      }
    }
  }

  // Solve for one more frame; whether all of its words happen.
  bool next_frame() {
    for (Stream &s : streams) {
      s.limit += s.words;
      push(s);
    }
    do {
      while (!stack.empty()) {
        Stream &s = *stack.back();
        stack.pop_back();
        s.pushed = false;
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
    for (const Stream &s : streams) {
      // Of what a map looks back to only some words count.
      const Index low = lowest(s, false);
      // At the start rules have less to look back to.
      if (low < 0) return reach.clear(), false;
      reach.push_back(s.n_moved - low);
      for (Index k = low; k < s.n_moved; ++k) {
        state.push_back(s.moved(k));
        state.push_back(s.offered(k));
      }
      if (s.target.map && !look_back(s.target.map->reads, s)) return reach.clear(), false;
      if (s.source.map && !look_back(s.source.map->blocks, s)) return reach.clear(), false;
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
  std::vector<Stream *> stack;
  std::vector<Cycle> state, last_state;
  std::vector<Index> reach, last_reach;

  Stream &in(const UnitRow &u, int64_t port = 0) { return streams[ports[u.first_in + port]]; }
  Stream &out(const UnitRow &u, int64_t port = 0) { return streams[ports[u.first_out + port]]; }

  Stream::End end(int64_t unit, bool source) {
    Stream::End e{};
    e.kind = kOutside;
    if (unit < 0) {
      e.pattern = !source ? &ready : unit == kWeights ? &weights : &valid;
      e.runs = e.pattern->always() && (source || !ready_after);
      return e;
    }
    e.unit = &units[unit];
    e.kind = e.unit->kind;
    e.far = source ? &in(*e.unit) : &out(*e.unit);
    if (e.unit->map >= 0) e.map = &maps[e.unit->map];
    e.runs = e.kind == kBuffer || (e.kind == kFold && !source);
    return e;
  }

  void push(Stream &s) {
    if (s.pushed) return;
    s.pushed = true;
    stack.push_back(&s);
  }

  // Whether so many words of another stream are known; else this one waits for them.
  static bool there(Stream &s, Stream &other, Wait event, Index least) {
    if ((event == kOffered ? other.n_offered : other.n_moved) >= least) return true;
    s.wait = event, s.least = least;
    s.next_waiting = other.waiting;
    other.waiting = &s;
    return false;
  }

  void wake(Stream &from) {
    Stream **link = &from.waiting;
    while (Stream *s = *link) {
      if ((s->wait == kOffered ? from.n_offered : from.n_moved) < s->least) {
        link = &s->next_waiting;
      } else {
        *link = s->next_waiting;
        push(*s);
      }
    }
  }

  // Let streams go on whose rings are full; whether there are any.
  bool make_room() {
    bool freed = false, any = false;
    for (Stream &s : streams) {
      if (s.wait != kRing) continue;
      any = true;
      s.base = std::max(s.base, lowest(s));
      if (!s.full()) push(s), freed = true;
    }
    if (!any || freed) return any;
    for (Stream &s : streams) {
      if (s.wait == kRing) lengthen(s), push(s);
    }
    return true;
  }

  static void lengthen(Stream &s) {
    const Index mask = 2 * s.mask + 1;
    std::vector<Cycle> moved(mask + 1), offered(mask + 1);
    for (Index k = std::max<Index>(s.base, 0); k < s.n_offered; ++k) {
      moved[k & mask] = s.moved(k);
      offered[k & mask] = s.offered(k);
    }
    s.moved_ring.swap(moved), s.offered_ring.swap(offered);
    s.mask = mask;
  }

  // Add the words of a stream to the state that pairs to come name; whether there are all of them.
  bool look_back(const Pairs &pairs, const Stream &s) {
    Index next = pairs.next, base = pairs.of_base, count = 0;
    if (!pairs.count) return true;
    for (; base + pairs.of[next] < s.n_moved; ++count) {
      const Index k = base + pairs.of[next];
      if (k < 0) return false;
      state.push_back(s.moved(k));
      state.push_back(s.offered(k));
      if (++next == pairs.count) next = 0, base += pairs.of_step;
    }
    reach.push_back(pairs.next), reach.push_back(count);
    return true;
  }

  // The first word of a stream that any rule may still ask for; or any but those of maps.
  Index lowest(const Stream &s, bool of_maps = true) {
    Index low = s.n_moved - 1;
    for (const Stream *o : s.neighbours) {
      const UnitRow *source = o->source.unit, *target = o->target.unit;
      if (source && source == s.target.unit && (of_maps || !o->source.map)) low = std::min(low, offer_asks(*o));
      if (target && (target == s.source.unit || target == s.target.unit) && (of_maps || !o->target.map)) {
        low = std::min(low, take_asks(*o, s));
      }
    }
    return low;
  }

  // The first word of its producer's input that the next words of `o` may depend on.
  Index offer_asks(const Stream &o) {
    const UnitRow &u = *o.source.unit;
    const Index k = o.n_offered;
    switch (u.kind) {
      case kFold: return k * u.count;
      case kHold: return k / u.hold * u.hold * u.count;
      case kDeal: return dealt_index(u, port_of(u, o), k);
      case kUnpack: return k / u.count;
      case kBuffer: {
        const Pairs &reads = o.source.map->reads;
        return reads.of_base + reads.of[reads.next];
      }
      default: return k;
    }
  }

  // The first word of stream `asked` that the next words of input `i` may depend on.
  Index take_asks(const Stream &i, const Stream &asked) {
    const UnitRow &u = *i.target.unit;
    const Index k = i.n_moved;
    const bool output = asked.source.unit == &u;
    switch (u.kind) {
      case kQueue: return k - u.depth;
      case kFold: return k / u.count - u.depth;
      case kHold:
        // Only the first input waits for room behind it.
        if (&i != &in(u)) return output ? kEnd : k * u.hold;
        return output ? k / (u.hold * u.count) * u.hold - u.depth : k / u.hold;
      case kDeal: return k / u.count * shares[u.first_share + port_of(u, asked)];
      case kUnpack: return k * u.count;
      case kJoin: return output ? k - 1 : k;
      case kBuffer: {
        const Pairs &blocks = i.target.map->blocks;
        return blocks.count ? blocks.of_base + blocks.of[blocks.next] : kEnd;
      }
      default: return k;
    }
  }

  // Go on with a stream as far as what is known lets it; whether it moved at all.
  bool advance(Stream &s) {
    s.wait = kNothing;
    const Index offered = s.n_offered, moved = s.n_moved;
    const bool runs = s.source.runs && s.target.runs;
    while (s.n_moved < s.limit) {
      const Index k = s.n_moved;
      const Cycle free = k ? s.moved(k - 1) + 1 : 0;
      if (s.n_offered == k) {
        if (s.full()) {
          s.base = std::max(s.base, lowest(s));
          if (s.full()) {
            s.wait = kRing;
            break;
          }
        }
        if (runs && k && run_on(s, k, free)) continue;
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
      if (!s.target.unit && !accept(s, k, &cycle)) break;
      s.moved_ring[k & s.mask] = cycle;
      if (s.moved_out) s.moved_out[k - s.begin] = cycle;
      if (s.room_out) s.room_out[k - s.begin] = room;
      ++s.n_moved;
    }
    return s.n_offered != offered || s.n_moved != moved;
  }

  // Words that wait for nothing but the one before them: at full rate, and reads of a memory whose words
  // are there, to where there is room, and into a memory or a fold that does not end yet. Most words of
  // most designs are of this kind.
  static bool run_on(Stream &s, Index k, Cycle free) {
    Index count = std::min(s.limit - k, std::min(s.mask + 1 - (k & s.mask), s.base + s.mask + 1 - k));
    if (s.source.map) count = std::min(count, s.source.map->reads.next_from(k) - k);
    const bool fold = s.target.kind == kFold;
    if (fold) {
      count = std::min(count, s.target.unit->count - 1 - s.to_rest);
    } else if (s.target.map && s.target.map->blocks.count) {
      count = std::min(count, s.target.map->blocks.next_from(k) - k);
    }
    if (count < 2) return false;
    Cycle *moved = &s.moved_ring[k & s.mask], *offered = &s.offered_ring[k & s.mask];
    for (Index j = 0; j < count; ++j) moved[j] = offered[j] = free + j;
    if (s.moved_out) std::copy_n(moved, count, s.moved_out + (k - s.begin));
    if (s.offered_out) std::copy_n(offered, count, s.offered_out + (k - s.begin));
    if (s.room_out) std::fill_n(s.room_out + (k - s.begin), count, 0);
    s.n_moved += count, s.n_offered += count;
    if (fold) s.to_rest += count;
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
    if (!s.source.unit) return s.source.pattern->next(free, cycle);
    const UnitRow &u = *s.source.unit;
    Stream &i = *s.source.far;
    switch (s.source.kind) {
      case kQueue:
        if (!there(s, i, kMoved, k + 1)) return false;
        *cycle = i.moved(k) + u.latency;
        return true;
      case kFold: {
        const Index last = s.from + u.count - 1;
        if (!there(s, i, kMoved, last + 1)) return false;
        *cycle = i.moved(last) + u.latency;
        s.from += u.count;
        return true;
      }
      case kHold: {
        // Of each fold of count * hold words the last `hold` give an output each.
        const Index last = k / u.hold * u.hold * u.count + u.hold * (u.count - 1) + k % u.hold;
        if (!there(s, i, kMoved, last + 1)) return false;
        *cycle = i.moved(last) + u.latency;
        return true;
      }
      case kDeal: {
        const Index each = dealt_index(u, port_of(u, s), k);
        if (!there(s, i, kOffered, each + 1)) return false;
        *cycle = i.offered(each);
        return true;
      }
      case kUnpack:
        if (!there(s, i, kOffered, s.from + 1)) return false;
        *cycle = i.offered(s.from);
        if (++s.from_rest == u.count) s.from_rest = 0, ++s.from;
        return true;
      case kFork:
        if (!there(s, i, kOffered, k + 1)) return false;
        *cycle = i.offered(k);
        return true;
      case kJoin:
        if (!there(s, i, kMoved, k + 1)) return false;
        *cycle = i.moved(k) + 1;
        return true;
      case kBuffer: {
        // A read is issued a cycle before its word is offered, when the word before has left.
        Cycle issued = free ? free - 1 : 0;
        Index need;
        if (s.source.map->reads.find(k, &need)) {
          if (!there(s, i, kMoved, need + 1)) return false;
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
    if (!s.target.unit) return true;
    const UnitRow &u = *s.target.unit;
    Stream &o = *s.target.far;
    switch (s.target.kind) {
      case kQueue:
        return place(s, o, k, u, room);
      case kFold:
        if (s.to_rest == u.count - 1) {
          if (!place(s, o, s.to, u, room)) return false;
          s.to_rest = 0, ++s.to;
        } else {
          ++s.to_rest;
        }
        return true;
      case kHold: {
        if (u.ins > 1 && &s == &in(u, 1)) {
          const Index last = k * u.hold + u.hold - 1;
          if (!there(s, in(u), kMoved, last + 1)) return false;
          *room = in(u).moved(last);
          return true;
        }
        const Index fold = u.hold * u.count, within = k % fold - u.hold * (u.count - 1);
        if (within >= 0 && !place(s, o, k / fold * u.hold + within, u, room)) return false;
        if (u.ins > 1) {
          Stream &other = in(u, 1);
          if (!there(s, other, kOffered, k / u.hold + 1)) return false;
          *room = std::max(*room, other.offered(k / u.hold));
        }
        return true;
      }
      case kDeal: {
        Index rest = k % u.count, port = 0;
        while (rest >= shares[u.first_share + port]) rest -= shares[u.first_share + port++];
        Stream &other = out(u, port);
        const Index each = k / u.count * shares[u.first_share + port] + rest;
        if (!there(s, other, kMoved, each + 1)) return false;
        *room = other.moved(each);
        return true;
      }
      case kUnpack: {
        const Index last = s.to + u.count - 1;
        if (!there(s, o, kMoved, last + 1)) return false;
        *room = o.moved(last);
        s.to += u.count;
        return true;
      }
      case kFork:
        for (int64_t p = 0; p < u.outs; ++p) {
          Stream &each = out(u, p);
          if (!there(s, each, kMoved, k + 1)) return false;
          *room = std::max(*room, each.moved(k));
        }
        return true;
      case kJoin:
        for (int64_t p = 0; p < u.ins; ++p) {
          Stream &each = in(u, p);
          if (!there(s, each, kOffered, k + 1)) return false;
          *room = std::max(*room, each.offered(k));
        }
        if (k) {
          if (!there(s, o, kMoved, k)) return false;
          *room = std::max(*room, o.moved(k - 1));
        }
        return true;
      case kBuffer: {
        Index freed;
        if (s.target.map->blocks.find(k, &freed) && freed >= 0) {
          if (!there(s, o, kOffered, freed + 1)) return false;
          *room = o.offered(freed);
        }
        return true;
      }
    }
    return false;
  }

  int64_t port_of(const UnitRow &u, const Stream &output) {
    int64_t port = 0;
    while (&out(u, port) != &output) ++port;
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
  static bool place(Stream &s, Stream &o, Index k, const UnitRow &u, Cycle *room) {
    // Without any, word k waits for itself.
    if (!u.depth) return there(s, o, kMoved, kEnd);
    if (k < u.depth) return true;
    if (!there(s, o, kMoved, k - u.depth + 1)) return false;
    *room = o.moved(k - u.depth) + u.free_after;
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
  solver->connect(rows);
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
