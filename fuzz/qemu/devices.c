/* Devices and IOMMUs that behave as scenarios say, and tell of each callback. */
#include <inttypes.h>

#include "agent.h"

enum { SLOTS = 1 << 14, MOST_RULES = 256, MOST_DMA = 64, MOST_DEPTH = 64, IOMMU_TYPE_ROOM = 1024 };

typedef struct { hwaddr start, size; unsigned access_size, reads, writes; uint64_t from; } Refusal;
typedef struct { hwaddr iova, mask, address; int space, permission; } Page;
typedef struct {
    int space, callback;
    uint64_t attrs;
    bool is_write;
    hwaddr address, length;
    uint8_t data[64];
} Dma;

typedef struct {
    MemoryRegionOps ops;
    int region;
    bool refuses, formula, deaf;
    uint64_t base, per_offset, callbacks, failing;
    unsigned refusals, pages[2], kept, dmas;
    Refusal refusal[MOST_RULES];
    Page page[2][MOST_RULES];
    Dma dma[MOST_DMA];
    struct { hwaddr offset; bool used; uint8_t byte; } slot[SLOTS];
} Device;

static Device *devices[MOST_OBJECTS];

static uint8_t *byte_at(Device *device, hwaddr offset)
{
    unsigned at = (offset * 0x9E3779B97F4A7C15u >> 32) % SLOTS;
    while (device->slot[at].used && device->slot[at].offset != offset) {
        at = (at + 1) % SLOTS;
    }
    if (!device->slot[at].used && ++device->kept == SLOTS) {
        abandon("a device keeps too many bytes");
    }
    device->slot[at].used = true;
    device->slot[at].offset = offset;
    return &device->slot[at].byte;
}

static bool is_big(const Device *device)
{
    int order = device->ops.endianness;
    return order == BIG_ENDIAN_DEVICE || (order == NATIVE_ENDIAN && target_words_bigendian());
}

/* How many callbacks are going on around this one. */
static int depth;

static void make_dma(Device *device, Dma *dma)
{
    if (depth == MOST_DEPTH) {
        abandon("callbacks are nested too deep");
    }
    depth++;
    MemTxAttrs attrs = attrs_of(dma->attrs);
    AddressSpace *space = spaces[dma->space];
    uint8_t moved[sizeof(dma->data)] = { 0 };
    if (dma->is_write) {
        memcpy(moved, dma->data, dma->length);
    }
    MemTxResult result =
        dma->is_write ? address_space_write(space, dma->address, attrs, moved, dma->length)
                      : address_space_read_full(space, dma->address, attrs, moved, dma->length);
    fprintf(out, "dma %d %s %d %" PRIu64 " %u %d ", device->region,
            dma->is_write ? "writes" : "reads", dma->space, dma->address, result, depth);
    for (hwaddr i = 0; i < dma->length; i++) {
        fprintf(out, "%02x", moved[i]);
    }
    fprintf(out, "\n");
    depth--;
}

/* What every callback begins with: its number, and the device's own accesses; whether it fails. */
static bool begin_callback(Device *device)
{
    uint64_t number = device->callbacks++;
    for (unsigned i = 0; i < device->dmas; i++) {
        if (device->dma[i].callback < 0 || (uint64_t)device->dma[i].callback == number) {
            make_dma(device, &device->dma[i]);
        }
    }
    return number < 64 && device->failing >> number & 1;
}

static void tell(const Device *device, const char *verb, hwaddr offset, unsigned size,
                 uint64_t value, MemTxResult result)
{
    fprintf(out, "call %d %s %" PRIu64 " %u %" PRIu64 " %u %d\n", device->region, verb, offset,
            size, value, result, depth);
}

static MemTxResult read_device(void *opaque, hwaddr offset, uint64_t *value, unsigned size,
                               MemTxAttrs attrs)
{
    Device *device = opaque;
    MemTxResult result = begin_callback(device);
    *value = 0;
    if (device->formula) {
        *value = device->base + offset * device->per_offset;
    } else {
        for (unsigned i = 0; i < size; i++) {
            unsigned shift = 8 * (is_big(device) ? size - 1 - i : i);
            *value |= (uint64_t)*byte_at(device, offset + i) << shift;
        }
    }
    tell(device, "reads", offset, size, *value, result);
    return result;
}

static MemTxResult write_device(void *opaque, hwaddr offset, uint64_t value, unsigned size,
                                MemTxAttrs attrs)
{
    Device *device = opaque;
    if (device->deaf) {
        return 0;
    }
    MemTxResult result = begin_callback(device);
    for (unsigned i = 0; i < size && !device->formula && !result; i++) {
        unsigned shift = 8 * (is_big(device) ? size - 1 - i : i);
        *byte_at(device, offset + i) = value >> shift;
    }
    tell(device, "writes", offset, size, value, result);
    return result;
}

static bool accepts(void *opaque, hwaddr offset, unsigned size, bool is_write, MemTxAttrs attrs)
{
    Device *device = opaque;
    for (unsigned i = 0; i < device->refusals; i++) {
        const Refusal *one = &device->refusal[i];
        if (offset >= one->start && offset - one->start < one->size &&
            (!one->access_size || one->access_size == size) &&
            (is_write ? one->writes : one->reads) && device->callbacks >= one->from) {
            return false;
        }
    }
    return !device->refuses;
}

const MemoryRegionOps *new_device(int region, bool refuses)
{
    Device *device = devices[region];
    if (!device) {
        device = devices[region] = malloc(sizeof(*device));
    }
    memset(device, 0, sizeof(*device));
    device->region = region;
    device->refuses = refuses;
    device->ops.read_with_attrs = read_device;
    device->ops.write_with_attrs = write_device;
    device->ops.valid.accepts = accepts;
    return &device->ops;
}

/* What an IOMMU was asked for last, while it only tells of it. */
static bool only_tells;
static MemoryRegion *asked;
static hwaddr asked_offset;

MemoryRegion *find_region(FlatView *view, hwaddr address, hwaddr *offset)
{
    hwaddr length = 1;
    asked = NULL;
    only_tells = true;
    MemoryRegion *region = flatview_translate(view, address, offset, &length, false,
                                              (MemTxAttrs){ .unspecified = 1 });
    only_tells = false;
    if (asked) {
        *offset = asked_offset;
        return asked;
    }
    return region;
}

static IOMMUTLBEntry translate(void *iommu, hwaddr offset, int flag, int index)
{
    if (only_tells) {
        asked = iommu;
        asked_offset = offset;
        return (IOMMUTLBEntry){ &address_space_memory, 0, 0, 0xfff, 0 };
    }
    Device *device = devices[region_number(iommu)];
    for (unsigned i = 0; i < device->pages[index]; i++) {
        const Page *page = &device->page[index][i];
        if (((offset ^ page->iova) & ~page->mask) == 0) {
            return (IOMMUTLBEntry){ spaces[page->space], offset & ~page->mask,
                                    page->address & ~page->mask, page->mask, page->permission };
        }
    }
    return (IOMMUTLBEntry){ &address_space_memory, offset & ~0xfffull, 0, 0xfff, 0 };
}

static int attrs_to_index(void *iommu, MemTxAttrs attrs)
{
    return devices[region_number(iommu)]->pages[1] && attrs.secure;
}

static int num_indexes(void *iommu)
{
    return 2;
}

static void init_iommu_class(void *class, void *data)
{
    IOMMUMemoryRegionClass *iommu = class;
    iommu->translate = translate;
    iommu->attrs_to_index = attrs_to_index;
    iommu->num_indexes = num_indexes;
}

void register_iommu_type(void)
{
    static const TypeInfo info = {
        .name = "flatview-iommu",
        .parent = "iommu-memory-region",
        .instance_size = IOMMU_TYPE_ROOM,
        .class_init = init_iommu_class,
    };
    type_register_static(&info);
}

static unsigned next(unsigned *count)
{
    if (*count == MOST_RULES) {
        abandon("a device has too many refusals or pages");
    }
    return (*count)++;
}

static void set_sizes(Device *device, const Words *words)
{
    AccessSizes sizes = { words->number[3], words->number[4], words->number[5] };
    if (words->text[2][0] == 'v') {
        device->ops.valid.min = sizes.min;
        device->ops.valid.max = sizes.max;
        device->ops.valid.unaligned = sizes.unaligned;
    } else {
        device->ops.impl = sizes;
    }
}

static void map_page(Device *device, const uint64_t *number)
{
    unsigned table = number[2];
    device->page[table][next(&device->pages[table])] = (Page){
        .iova = number[3], .mask = number[4], .address = number[5],
        .space = number[6], .permission = number[7],
    };
}

static void permit_page(Device *device, const uint64_t *number)
{
    unsigned table = number[2];
    for (unsigned i = 0; i < device->pages[table]; i++) {
        Page *page = &device->page[table][i];
        if (((number[3] ^ page->iova) & ~page->mask) == 0) {
            page->permission = number[4];
            return;
        }
    }
}

/*
 * A write that every device accepts and none hears of: it can only signal an ioeventfd. Its data is
 * as the device would be given it, which a little endian device is by a little endian host.
 */
static void dispatch_to_all(Device *device, const uint64_t *number)
{
    MemoryRegionOps ops = device->ops;
    device->deaf = true;
    memset(&device->ops.valid, 0, sizeof(device->ops.valid));
    device->ops.valid.unaligned = true;
    device->ops.endianness = LITTLE_ENDIAN_DEVICE;
    memory_region_dispatch_write(regions[number[1]], number[2], number[4],
                                 __builtin_ctz(number[3]), attrs_of(0));
    device->ops = ops;
    device->deaf = false;
}

static void preset(Device *device, hwaddr offset, const char *hex)
{
    for (size_t i = 0; hex[2 * i]; i++) {
        char digits[3] = { hex[2 * i], hex[2 * i + 1], 0 };
        *byte_at(device, offset + i) = strtoul(digits, NULL, 16);
    }
}

static void add_dma(Device *device, const Words *words)
{
    const uint64_t *number = words->number;
    if (device->dmas == MOST_DMA) {
        abandon("a device has too many accesses of its own");
    }
    Dma *dma = &device->dma[device->dmas++];
    dma->space = number[2];
    dma->address = number[3];
    dma->callback = (int)number[4];
    dma->attrs = number[5];
    dma->length = number[6];
    dma->is_write = words->count > 7;
    for (hwaddr i = 0; dma->is_write && i < dma->length; i++) {
        char digits[3] = { words->text[7][2 * i], words->text[7][2 * i + 1], 0 };
        dma->data[i] = strtoul(digits, NULL, 16);
    }
}

bool device_command(const Words *words)
{
    const char *verb = words->text[0];
    const uint64_t *number = words->number;
    Device *device = words->count > 1 ? devices[number[1] % MOST_OBJECTS] : NULL;
    if (!strcmp(verb, "device")) {
        ((MemoryRegionOps *)new_device(number[1], false))->endianness = number[2];
    } else if (!strcmp(verb, "sizes")) {
        set_sizes(device, words);
    } else if (!strcmp(verb, "formula")) {
        device->formula = true;
        device->base = number[2];
        device->per_offset = number[3];
    } else if (!strcmp(verb, "fail")) {
        device->failing |= 1ull << number[2];
    } else if (!strcmp(verb, "refuse")) {
        device->refusal[next(&device->refusals)] =
            (Refusal){ number[2], number[3], number[4], number[5], number[6], number[7] };
    } else if (!strcmp(verb, "preset")) {
        preset(device, number[2], words->text[3]);
    } else if (!strcmp(verb, "page")) {
        map_page(device, number);
    } else if (!strcmp(verb, "dma")) {
        add_dma(device, words);
    } else if (!strcmp(verb, "dispatch")) {
        dispatch_to_all(device, number);
    } else if (!strcmp(verb, "permit")) {
        permit_page(device, number);
    } else {
        return false;
    }
    return true;
}
