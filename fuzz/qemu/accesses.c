/* Accesses through address spaces, and how they end. */
#include <inttypes.h>
#include <sys/mman.h>

#include "agent.h"

enum { MOST_BYTES = 1 << 20 };

static uint8_t buffer[MOST_BYTES];

MemTxAttrs attrs_of(uint64_t bits)
{
    return (MemTxAttrs){ .unspecified = !bits, .secure = bits & 1, .memory = bits >> 1 & 1 };
}

static size_t bytes_of(const char *hex)
{
    size_t length = hex ? strlen(hex) / 2 : 0;
    for (size_t i = 0; i < length; i++) {
        char digits[3] = { hex[2 * i], hex[2 * i + 1], 0 };
        buffer[i] = strtoul(digits, NULL, 16);
    }
    return length;
}

static void show_bytes(const uint8_t *bytes, size_t length)
{
    fprintf(out, "bytes ");
    for (size_t i = 0; i < length; i++) {
        fprintf(out, "%02x", bytes[i]);
    }
    fprintf(out, "\n");
}

enum { IN_TARGET_ORDER, IN_BIG_ORDER, IN_LITTLE_ORDER };

#define IN_ORDER(order, call, ...)                                                               \
    ((order) == IN_LITTLE_ORDER ? call##_le(__VA_ARGS__)                                         \
     : (order) == IN_BIG_ORDER  ? call##_be(__VA_ARGS__)                                         \
                                : call(__VA_ARGS__))

static void load(AddressSpace *space, const uint64_t *number)
{
    hwaddr at = number[2];
    MemTxResult result = 0;
    uint64_t value = 0;
    MemTxAttrs attrs = attrs_of(number[5]);
    switch (number[3]) {
    case 1: value = address_space_ldub(space, at, attrs, &result); break;
    case 2: value = IN_ORDER(number[4], address_space_lduw, space, at, attrs, &result); break;
    case 4: value = IN_ORDER(number[4], address_space_ldl, space, at, attrs, &result); break;
    case 8: value = IN_ORDER(number[4], address_space_ldq, space, at, attrs, &result); break;
    }
    fprintf(out, "value %" PRIu64 "\nresult %u\n", value, result);
}

static void store(AddressSpace *space, const uint64_t *number)
{
    hwaddr at = number[2];
    uint64_t value = number[6];
    MemTxResult result = 0;
    MemTxAttrs attrs = attrs_of(number[5]);
    switch (number[3]) {
    case 1: address_space_stb(space, at, value, attrs, &result); break;
    case 2: IN_ORDER(number[4], address_space_stw, space, at, value, attrs, &result); break;
    case 4: IN_ORDER(number[4], address_space_stl, space, at, value, attrs, &result); break;
    case 8: IN_ORDER(number[4], address_space_stq, space, at, value, attrs, &result); break;
    }
    fprintf(out, "result %u\n", result);
}

static void read_bytes(AddressSpace *space, hwaddr address, hwaddr length, MemTxAttrs attrs)
{
    if (length > MOST_BYTES) {
        /* Nothing is expected to come of it; the room for it is never touched. */
        void *room = mmap(NULL, length, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        fprintf(out, "result %u\n", address_space_read_full(space, address, attrs, room, length));
        return;
    }
    memset(buffer, 0, length);
    MemTxResult result = address_space_read_full(space, address, attrs, buffer, length);
    show_bytes(buffer, length);
    fprintf(out, "result %u\n", result);
}

/* What QEMU's inline read does if the compiler knows the length. */
static void read_constant(AddressSpace *space, hwaddr address, hwaddr length, MemTxAttrs attrs)
{
    hwaddr offset, left = length;
    MemTxResult result = 0;
    FlatView *view = space->current_map;
    memset(buffer, 0, length);
    if (length) {
        MemoryRegion *region = flatview_translate(view, address, &offset, &left, false, attrs);
        if (left == length && reads_directly(region)) {
            memcpy(buffer, (uint8_t *)memory_region_get_ram_ptr(region) + offset, length);
        } else {
            result = flatview_read_continue(view, address, attrs, buffer, length, offset, left,
                                            region);
        }
    }
    show_bytes(buffer, length);
    fprintf(out, "result %u\n", result);
}

static void find(MemoryRegion *region, hwaddr offset, uint64_t size)
{
    MemoryRegionSection found = memory_region_find(region, offset, size);
    if (!found.mr) {
        fprintf(out, "found\n");
        return;
    }
    memory_region_unref(found.mr);
    fprintf(out, "found %d %" PRIu64 " %" PRIu64 " %" PRIu64 "%s %d %d\n", region_number(found.mr),
            found.offset_within_region, found.offset_within_address_space, (uint64_t)found.size,
            found.size >> 64 ? "+" : "", found.readonly, found.nonvolatile);
}

/* Mappings, by number: where they are in this process, and through which space. */
static struct { AddressSpace *space; uint8_t *at; hwaddr length; } mappings[MOST_OBJECTS];

/* A bounce buffer is in no RAM block. One for writing is cleared, so that what it holds is known. */
static void tell_mapping(void *at, hwaddr length, bool is_write)
{
    uint64_t offset = 0;
    MemoryRegion *region = at ? memory_region_from_host(at, &offset) : NULL;
    if (at && !region && is_write) {
        memset(at, 0, length);
    }
    fprintf(out, "map %d %" PRIu64 " %d %" PRIu64 "\n", at != NULL, length,
            region ? region_number(region) : -1, offset);
}

static bool mapping_command(const Words *words)
{
    const char *verb = words->text[0];
    const uint64_t *number = words->number;
    if (!strcmp(verb, "map")) {
        AddressSpace *space = spaces[number[2]];
        hwaddr length = number[4];
        void *at = address_space_map(space, number[3], &length, number[5], attrs_of(number[6]));
        mappings[number[1]].space = space;
        mappings[number[1]].at = at;
        mappings[number[1]].length = length;
        tell_mapping(at, length, number[5]);
    } else if (!strcmp(verb, "read-map")) {
        show_bytes(mappings[number[1]].at + number[2], number[3]);
    } else if (!strcmp(verb, "write-map")) {
        size_t length = bytes_of(words->text[3]);
        memcpy(mappings[number[1]].at + number[2], buffer, length);
    } else if (!strcmp(verb, "unmap")) {
        address_space_unmap(mappings[number[1]].space, mappings[number[1]].at,
                            mappings[number[1]].length, number[2], number[3]);
    } else {
        return false;
    }
    return true;
}

bool access_command(const Words *words)
{
    const char *verb = words->text[0];
    const uint64_t *number = words->number;
    AddressSpace *space = words->count > 1 ? spaces[number[1] % MOST_OBJECTS] : NULL;
    if (!strcmp(verb, "read")) {
        read_bytes(space, number[2], number[3], attrs_of(number[4]));
    } else if (!strcmp(verb, "read-constant")) {
        if (number[3] > MOST_BYTES) {
            abandon("too many bytes to read");
        }
        read_constant(space, number[2], number[3], attrs_of(number[4]));
    } else if (!strcmp(verb, "write")) {
        size_t length = bytes_of(words->text[4]);
        fprintf(out, "result %u\n",
                address_space_write(space, number[2], attrs_of(number[3]), buffer, length));
    } else if (!strcmp(verb, "write-rom")) {
        size_t length = bytes_of(words->text[4]);
        fprintf(out, "result %u\n",
                address_space_write_rom(space, number[2], attrs_of(number[3]), buffer, length));
    } else if (!strcmp(verb, "fill")) {
        fprintf(out, "result %u\n", address_space_set(space, number[2], number[3], number[4],
                                                      attrs_of(number[5])));
    } else if (!strcmp(verb, "load")) {
        load(space, number);
    } else if (!strcmp(verb, "store")) {
        store(space, number);
    } else if (!strcmp(verb, "access-valid")) {
        fprintf(out, "valid %d\n", address_space_access_valid(space, number[2], number[3],
                                                              number[4], attrs_of(number[5])));
    } else if (!strcmp(verb, "find")) {
        find(regions[number[1]], number[2], number[3]);
    } else {
        return mapping_command(words);
    }
    return true;
}
