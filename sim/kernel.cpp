// The least solution of the timing rules, word by word, each word once.
//
// A stream's next word can be dated once the few words that its producer's and its consumer's rules
// name are dated. So streams are taken from a queue, each goes as far as it can, and then waits for
// one word of one neighbour; a neighbour that dates this word puts it back into the queue. What
// is left waiting when the queue is empty never happens. The rules are those of sim/forms.py.

#include <algorithm>
#include <cstdint>
#include <vector>

namespace {

using Cycle = int64_t;
using Index = int64_t;

enum Kind : int64_t { kQueue, kFold, kUnpack, kFork, kJoin, kBuffer, kHold, kDeal };
enum Event : uint8_t { kOffered, kMoved };
constexpr int64_t kWeights = -2;  // Where weights come from; pixels come from -1.

// In the order of their columns in Python.
struct UnitRow {
  int64_t kind, depth, count, latency, free_after, map, hold, first_share, ins, first_in, outs, first_out;
};
struct StreamRow { int64_t begin, words, known, source, target; };
struct Map { const Cycle *first, *needs, *begins, *freed; int64_t reads, blocks, read_at, block_at; };

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
  Cycle *moved, *offered, *room;
  Index words, n_offered, n_moved;
  int64_t source, target;
  // What it waits for: a stream, what of it, and how many words.
  int64_t on = -1;
  Event event = kMoved;
  Index least = 0;
  bool queued = false;
};

class Solver {
 public:
  std::vector<Stream> streams;
  std::vector<Map> maps;
  const UnitRow *units;
  const int64_t *ports, *shares;
  Pattern valid, ready, weights;
  int64_t ready_after;

  void run() {
    const size_t n = streams.size();
    queue.resize(n + 1);
    for (size_t s = 0; s < n; ++s) push(s);
    while (head != tail) {
      const int64_t s = queue[head];
      if (++head == queue.size()) head = 0;
      streams[s].queued = false;
      if (advance(s)) wake(s);
    }
  }

 private:
  std::vector<int64_t> queue;
  size_t head = 0, tail = 0;

  void push(int64_t s) {
    if (streams[s].queued) return;
    streams[s].queued = true;
    queue[tail] = s;
    if (++tail == queue.size()) tail = 0;
  }

  const int64_t *ins(const UnitRow &u) const { return ports + u.first_in; }
  const int64_t *outs(const UnitRow &u) const { return ports + u.first_out; }

  bool there(Stream &s, int64_t other, Event event, Index least) {
    const Stream &o = streams[other];
    if ((event == kOffered ? o.n_offered : o.n_moved) >= least) return true;
    s.on = other, s.event = event, s.least = least;
    return false;
  }

  void wake(int64_t s) {
    const Stream &from = streams[s];
    for (const int64_t unit : {from.source, from.target}) {
      if (unit < 0) continue;
      const UnitRow &u = units[unit];
      for (int64_t k = 0; k < u.ins; ++k) wake_one(s, from, ins(u)[k]);
      for (int64_t k = 0; k < u.outs; ++k) wake_one(s, from, outs(u)[k]);
    }
  }

  void wake_one(int64_t s, const Stream &from, int64_t other) {
    const Stream &o = streams[other];
    if (o.on == s && (o.event == kOffered ? from.n_offered : from.n_moved) >= o.least) push(other);
  }

  // Go on with a stream as far as what is known lets it; whether it moved at all.
  bool advance(int64_t index) {
    Stream &s = streams[index];
    s.on = -1;
    const Index offered = s.n_offered, moved = s.n_moved;
    while (s.n_moved < s.words) {
      const Index k = s.n_moved;
      const Cycle free = k ? s.moved[k - 1] + 1 : 0;
      if (s.n_offered == k) {
        Cycle cycle = 0;
        if (!offer(s, k, free, &cycle)) break;
        s.offered[k] = std::max(cycle, free);
        ++s.n_offered;
      }
      Cycle room = 0;
      if (!take(s, k, &room)) break;
      s.room[k] = room;
      Cycle cycle = std::max(std::max(s.offered[k], room), free);
      if (s.target < 0 && !accept(s, k, &cycle)) break;
      s.moved[k] = cycle;
      ++s.n_moved;
    }
    return s.n_offered != offered || s.n_moved != moved;
  }

  // When the sink takes a word that could leave at `*cycle`.
  bool accept(const Stream &s, Index k, Cycle *cycle) const {
    if (!ready_after) return ready.next(*cycle, cycle);
    *cycle = std::max(*cycle, s.offered[k] + ready_after);
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
        *cycle = i.moved[k] + u.latency;
        return true;
      case kFold: {
        const Index last = k * u.count + u.count - 1;
        if (!there(s, in, kMoved, last + 1)) return false;
        *cycle = i.moved[last] + u.latency;
        return true;
      }
      case kHold: {
        // Of each fold of count * hold words the last `hold` give an output each.
        const Index last = k / u.hold * u.hold * u.count + u.hold * (u.count - 1) + k % u.hold;
        if (!there(s, in, kMoved, last + 1)) return false;
        *cycle = i.moved[last] + u.latency;
        return true;
      }
      case kDeal: {
        const Index each = dealt_index(u, port_of(outs(u), &s), k);
        if (!there(s, in, kOffered, each + 1)) return false;
        *cycle = i.offered[each];
        return true;
      }
      case kUnpack:
        if (!there(s, in, kOffered, k / u.count + 1)) return false;
        *cycle = i.offered[k / u.count];
        return true;
      case kFork:
        if (!there(s, in, kOffered, k + 1)) return false;
        *cycle = i.offered[k];
        return true;
      case kJoin:
        if (!there(s, in, kMoved, k + 1)) return false;
        *cycle = i.moved[k] + 1;
        return true;
      case kBuffer: {
        // A read is issued a cycle before its word is offered, when the word before has left.
        Map &map = maps[u.map];
        Cycle issued = free ? free - 1 : 0;
        while (map.read_at < map.reads && map.first[map.read_at] < k) ++map.read_at;
        if (map.read_at < map.reads && map.first[map.read_at] == k) {
          const Index need = map.needs[map.read_at];
          if (!there(s, in, kMoved, need + 1)) return false;
          issued = std::max(issued, i.moved[need] + 1);
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
        return k % u.count != u.count - 1 || place(s, out, k / u.count, u, room);
      case kHold: {
        if (u.ins > 1 && &s == &streams[ins(u)[1]]) {
          const Index last = k * u.hold + u.hold - 1;
          if (!there(s, ins(u)[0], kMoved, last + 1)) return false;
          *room = streams[ins(u)[0]].moved[last];
          return true;
        }
        const Index fold = u.hold * u.count, within = k % fold - u.hold * (u.count - 1);
        if (within >= 0 && !place(s, out, k / fold * u.hold + within, u, room)) return false;
        if (u.ins > 1) {
          const int64_t other = ins(u)[1];
          if (!there(s, other, kOffered, k / u.hold + 1)) return false;
          *room = std::max(*room, streams[other].offered[k / u.hold]);
        }
        return true;
      }
      case kDeal: {
        Index rest = k % u.count, port = 0;
        while (rest >= shares[u.first_share + port]) rest -= shares[u.first_share + port++];
        const int64_t other = outs(u)[port];
        const Index each = k / u.count * shares[u.first_share + port] + rest;
        if (!there(s, other, kMoved, each + 1)) return false;
        *room = streams[other].moved[each];
        return true;
      }
      case kUnpack: {
        const Index last = k * u.count + u.count - 1;
        if (!there(s, out, kMoved, last + 1)) return false;
        *room = o.moved[last];
        return true;
      }
      case kFork:
        for (int64_t p = 0; p < u.outs; ++p) {
          const int64_t each = outs(u)[p];
          if (!there(s, each, kMoved, k + 1)) return false;
          *room = std::max(*room, streams[each].moved[k]);
        }
        return true;
      case kJoin:
        for (int64_t p = 0; p < u.ins; ++p) {
          const int64_t each = ins(u)[p];
          if (!there(s, each, kOffered, k + 1)) return false;
          *room = std::max(*room, streams[each].offered[k]);
        }
        if (k) {
          if (!there(s, out, kMoved, k)) return false;
          *room = std::max(*room, o.moved[k - 1]);
        }
        return true;
      case kBuffer: {
        Map &map = maps[u.map];
        while (map.block_at < map.blocks && map.begins[map.block_at] < k) ++map.block_at;
        if (map.block_at < map.blocks && map.begins[map.block_at] == k) {
          const Index freed = map.freed[map.block_at];
          if (!there(s, out, kOffered, freed + 1)) return false;
          *room = o.offered[freed];
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
      there(s, out, kMoved, streams[out].words + 1);
      return false;
    }
    if (k < u.depth) return true;
    if (!there(s, out, kMoved, k - u.depth + 1)) return false;
    *room = streams[out].moved[k - u.depth] + u.free_after;
    return true;
  }
};

}  // namespace

extern "C" void solve(
    int64_t n_streams, const StreamRow *rows, const UnitRow *units, const int64_t *ports,
    const int64_t *shares, int64_t n_maps, const int64_t *map_sizes, const int64_t *const *map_data,
    const int64_t *traffic, const int64_t *const *patterns, int64_t never,
    int64_t *moved, int64_t *offered, int64_t *room, int64_t *counts) {
  Solver solver;
  solver.units = units;
  solver.ports = ports;
  solver.shares = shares;
  for (int64_t s = 0; s < n_streams; ++s) {
    const StreamRow &row = rows[s];
    Stream stream;
    stream.moved = moved + row.begin;
    stream.offered = offered + row.begin;
    stream.room = room + row.begin;
    stream.words = row.words;
    stream.n_offered = stream.n_moved = row.known;
    stream.source = row.source, stream.target = row.target;
    solver.streams.push_back(stream);
  }
  for (int64_t m = 0; m < n_maps; ++m) {
    const int64_t *const *data = map_data + 4 * m;
    solver.maps.push_back({data[0], data[1], data[2], data[3], map_sizes[2 * m],
                           map_sizes[2 * m + 1], 0, 0});
  }
  solver.valid = {patterns[0], patterns[1], traffic[0], traffic[1]};
  solver.ready = {patterns[2], patterns[3], traffic[2], traffic[3]};
  solver.weights = {patterns[4], patterns[5], traffic[4], traffic[5]};
  solver.ready_after = traffic[6];
  solver.run();
  for (int64_t s = 0; s < n_streams; ++s) {
    const Stream &stream = solver.streams[s];
    std::fill(stream.offered + stream.n_offered, stream.offered + stream.words, never);
    std::fill(stream.moved + stream.n_moved, stream.moved + stream.words, never);
    std::fill(stream.room + stream.n_moved, stream.room + stream.words, 0);
    counts[2 * s] = stream.n_offered;
    counts[2 * s + 1] = stream.n_moved;
  }
}
