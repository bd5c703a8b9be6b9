/* Listeners that tell of every call, ioeventfds, coalescing and global dirty logging. */
#include <inttypes.h>

#include "agent.h"

MemoryListener *listeners[MOST_OBJECTS];
EventNotifier notifiers[NOTIFIERS];

static int number_of(const MemoryListener *listener)
{
    for (int i = 0; i < MOST_OBJECTS; i++) {
        if (listeners[i] == listener) {
            return i;
        }
    }
    return -1;
}

/* The beginning of every line about a call that has to do with the listener's space. */
static void begin_line(const MemoryListener *listener, const char *callback)
{
    fprintf(out, "event %d %s %d", number_of(listener), callback,
            view_serial(listener->address_space->current_map));
}

static void tell_section(const MemoryListener *listener, const char *callback,
                         const MemoryRegionSection *section)
{
    begin_line(listener, callback);
    fprintf(out, " %d %" PRIu64 " %" PRIu64 " %" PRIu64 "%s %d %d", region_number(section->mr),
            section->offset_within_region, section->offset_within_address_space,
            (uint64_t)section->size, section->size >> 64 ? "+" : "", section->readonly,
            section->nonvolatile);
}

#define GLOBAL(callback)                                                                         \
    static void callback(MemoryListener *listener)                                               \
    {                                                                                            \
        fprintf(out, "event %d " #callback "\n", number_of(listener));                           \
    }
#define SECTION(callback)                                                                        \
    static void callback(MemoryListener *listener, MemoryRegionSection *section)                 \
    {                                                                                            \
        tell_section(listener, #callback, section);                                              \
        fprintf(out, "\n");                                                                      \
    }
#define MASKS(callback)                                                                          \
    static void callback(MemoryListener *listener, MemoryRegionSection *section, int before,     \
                         int after)                                                              \
    {                                                                                            \
        tell_section(listener, #callback, section);                                              \
        fprintf(out, " %d %d\n", before, after);                                                 \
    }
#define COALESCED(callback)                                                                      \
    static void callback(MemoryListener *listener, MemoryRegionSection *section, hwaddr start,   \
                         hwaddr size)                                                            \
    {                                                                                            \
        tell_section(listener, #callback, section);                                              \
        fprintf(out, " %" PRIu64 " %" PRIu64 "\n", start, size);                                 \
    }
#define EVENTFD(callback)                                                                        \
    static void callback(MemoryListener *listener, MemoryRegionSection *section, bool match,     \
                         uint64_t data, EventNotifier *notifier)                                 \
    {                                                                                            \
        begin_line(listener, #callback);                                                         \
        fprintf(out, " %" PRIu64 " %" PRIu64 " %d %" PRIu64 " %d\n",                             \
                section->offset_within_address_space, (uint64_t)section->size, match, data,      \
                (int)(notifier - notifiers));                                                    \
    }

GLOBAL(begin) GLOBAL(commit) GLOBAL(log_global_start) GLOBAL(log_global_stop)
SECTION(region_add) SECTION(region_del) SECTION(region_nop)
MASKS(log_start) MASKS(log_stop)
COALESCED(coalesced_io_add) COALESCED(coalesced_io_del)
EVENTFD(eventfd_add) EVENTFD(eventfd_del)

static void listen(const uint64_t *number)
{
    MemoryListener *listener = calloc(1, sizeof(*listener));
    *listener = (MemoryListener){
        .begin = begin, .commit = commit, .region_add = region_add, .region_del = region_del,
        .region_nop = region_nop, .log_start = log_start, .log_stop = log_stop,
        .log_global_start = log_global_start, .log_global_stop = log_global_stop,
        .coalesced_io_add = coalesced_io_add, .coalesced_io_del = coalesced_io_del,
        .priority = number[3], .name = "flatview",
    };
    if (number[4]) {
        listener->eventfd_add = eventfd_add;
        listener->eventfd_del = eventfd_del;
    }
    listeners[number[1]] = listener;
    memory_listener_register(listener, spaces[number[2]]);
}

/* Which notifiers were signalled since the last time. */
static void tell_signals(void)
{
    for (int i = 1; i < NOTIFIERS; i++) {
        if (notifiers[i].initialized && event_notifier_test_and_clear(&notifiers[i])) {
            fprintf(out, "signal %d\n", i);
        }
    }
}

static EventNotifier *notifier(uint64_t number)
{
    if (!notifiers[number].initialized) {
        event_notifier_init(&notifiers[number], 0);
    }
    return &notifiers[number];
}

bool listener_command(const Words *words)
{
    const char *verb = words->text[0];
    const uint64_t *number = words->number;
    MemoryRegion *region = words->count > 1 ? regions[number[1] % MOST_OBJECTS] : NULL;
    if (!strcmp(verb, "listen")) {
        listen(number);
    } else if (!strcmp(verb, "unlisten")) {
        memory_listener_unregister(listeners[number[1]]);
        listeners[number[1]] = NULL;
    } else if (!strcmp(verb, "coalesce")) {
        memory_region_add_coalescing(region, number[2], number[3]);
    } else if (!strcmp(verb, "coalesce-all")) {
        memory_region_set_coalescing(region);
    } else if (!strcmp(verb, "uncoalesce")) {
        memory_region_clear_coalescing(region);
    } else if (!strcmp(verb, "add-eventfd")) {
        memory_region_add_eventfd(region, number[2], number[3], number[4], number[5],
                                  notifier(number[6]));
    } else if (!strcmp(verb, "del-eventfd")) {
        memory_region_del_eventfd(region, number[2], number[3], number[4], number[5],
                                  notifier(number[6]));
    } else if (!strcmp(verb, "signals")) {
        tell_signals();
    } else if (!strcmp(verb, "log-start")) {
        memory_global_dirty_log_start(number[1]);
    } else if (!strcmp(verb, "log-stop")) {
        memory_global_dirty_log_stop(number[1]);
    } else {
        return false;
    }
    return true;
}
