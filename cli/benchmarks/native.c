/* Yardsticks for `flatview bench`: what a native core would take for what `impl` does in Python. */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* A window, or what shows of it: [start, end); of those that overlap, the least rank is in front. */
typedef struct {
    uint64_t start, end, rank;
} Window;

static int by_start(const void *left, const void *right)
{
    const Window *one = left, *other = right;
    if (one->start != other->start)
        return one->start < other->start ? -1 : 1;
    return (one->rank > other->rank) - (one->rank < other->rank);
}

static void push(Window *heap, size_t *count, Window one)
{
    size_t at = (*count)++;
    for (; at > 0 && one.rank < heap[(at - 1) / 2].rank; at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = one;
}

static Window pop(Window *heap, size_t *count)
{
    Window top = heap[0], last = heap[--*count];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < *count; at = child) {
        if (child + 1 < *count && heap[child + 1].rank < heap[child].rank)
            child++;
        if (last.rank <= heap[child].rank)
            break;
        heap[at] = heap[child];
    }
    heap[at] = last;
    return top;
}

/* The sweep of impl/sweep.py: sorts the windows, and writes what shows of them; returns how many
   runs that is, fewer than twice as many. The heap has room for all windows. */
size_t sweep(Window *windows, size_t count, Window *heap, Window *runs)
{
    size_t made = 0, waiting = 0;
    Window front = {0, 0, 0};
    qsort(windows, count, sizeof *windows, by_start);
    for (size_t next = 0; next <= count; next++) {
        uint64_t limit = next < count ? windows[next].start : UINT64_MAX;
        while (front.start < front.end && front.end <= limit) {
            uint64_t cursor = front.end;
            runs[made++] = front;
            while (waiting > 0 && front.end <= cursor)
                front = pop(heap, &waiting);
            front.start = cursor;
        }
        if (next == count)
            break;
        if (front.start >= front.end) {
            front = windows[next];
        } else if (windows[next].rank < front.rank) {
            if (front.start < limit)
                runs[made++] = (Window){front.start, limit, front.rank};
            if (front.end > windows[next].end)
                push(heap, &waiting, front);
            front = windows[next];
        } else if (windows[next].end > front.end) {
            push(heap, &waiting, windows[next]);
        }
    }
    return made;
}

/* For each address, which of the sorted starts is the last that does not exceed it; -1 if none. */
void find_all(const uint64_t *starts, size_t count, const uint64_t *addresses, size_t asked,
              int64_t *found)
{
    for (size_t one = 0; one < asked; one++) {
        size_t low = 0, high = count;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (starts[middle] <= addresses[one])
                low = middle + 1;
            else
                high = middle;
        }
        found[one] = (int64_t)low - 1;
    }
}
