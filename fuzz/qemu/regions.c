/* Regions, address spaces, and what their published views and dispatch look like. */
#include <inttypes.h>
#include <sys/mman.h>

#include "agent.h"

MemoryRegion *regions[MOST_OBJECTS];
AddressSpace *spaces[MOST_OBJECTS];

int region_number(const MemoryRegion *region)
{
    for (int i = 0; region && i < MOST_OBJECTS; i++) {
        if (regions[i] == region) {
            return i;
        }
    }
    return -1;
}

/* --- Serial numbers of views: in the order in which spaces, in order of creation, show them --- */

static FlatView *seen[MOST_OBJECTS];
static int seen_serial[MOST_OBJECTS];
static int seen_count, newest_serial;

static int find_serial(const FlatView *view)
{
    for (int i = 0; i < seen_count; i++) {
        if (seen[i] == view) {
            return seen_serial[i];
        }
    }
    return -1;
}

static void number_views(void)
{
    for (int i = 0; i < MOST_OBJECTS; i++) {
        FlatView *view = spaces[i] ? spaces[i]->current_map : NULL;
        if (view && view->root && find_serial(view) < 0) {
            seen[seen_count] = view;
            seen_serial[seen_count++] = ++newest_serial;
        }
    }
}

int view_serial(FlatView *view)
{
    number_views();
    return view && view->root ? find_serial(view) : 0;
}

/*
 * A rebuild begins, or old views have been destroyed: of those made before, only those that are
 * published can be met again, and others may come to lie where they were.
 */
static void forget_views(MemoryListener *listener)
{
    int kept = 0;
    number_views();
    for (int i = 0; i < seen_count; i++) {
        for (int j = 0; j < MOST_OBJECTS; j++) {
            if (spaces[j] && spaces[j]->current_map == seen[i]) {
                seen[kept] = seen[i];
                seen_serial[kept++] = seen_serial[i];
                break;
            }
        }
    }
    seen_count = kept;
}

void register_serial_listener(void)
{
    static MemoryListener listener = { .begin = forget_views, .name = "flatview-serials" };
    memory_listener_register(&listener, &address_space_memory);
}

/* --- Looking --- */

static void show_view(AddressSpace *space)
{
    FlatView *view = space->current_map;
    int serial = view_serial(view);
    fprintf(out, "view %d %d\n", serial, region_number(view->root));
    for (unsigned i = 0; i < view->nr; i++) {
        const FlatRange *one = &view->ranges[i];
        fprintf(out, "range %d %" PRIu64 " %" PRIu64 " %" PRIu64 "%s %d %d %d %d\n",
                region_number(one->mr), one->offset_in_region, (uint64_t)one->start,
                (uint64_t)one->size, one->size >> 64 ? "+" : "", one->dirty_log_mask,
                one->romd_mode, one->readonly, one->nonvolatile);
    }
}

static void show_sections(AddressSpace *space)
{
    AddressSpaceDispatch *dispatch = space->current_map->dispatch;
    MemoryRegion *unassigned = dispatch->map.sections[0].mr;
    for (unsigned i = 0; i < dispatch->map.sections_nb; i++) {
        const MemoryRegionSection *one = &dispatch->map.sections[i];
        int number = region_number(one->mr);
        fprintf(out, "section %d %" PRIu64 " %" PRIu64 " %" PRIu64 "%s %d\n", number,
                one->offset_within_region, one->offset_within_address_space, (uint64_t)one->size,
                one->size >> 64 ? "+" : "", number < 0 && one->mr != unassigned);
    }
}

static void show_nodes(AddressSpace *space)
{
    AddressSpaceDispatch *dispatch = space->current_map->dispatch;
    fprintf(out, "root %u\n", dispatch->phys_map);
    for (unsigned i = 0; i < dispatch->map.nodes_nb; i++) {
        fprintf(out, "node");
        for (unsigned j = 0, from = 0; j < 512; j = from) {
            uint32_t entry = dispatch->map.nodes[i][j];
            while (from < 512 && dispatch->map.nodes[i][from] == entry) {
                from++;
            }
            fprintf(out, " %u*%u", from - j, entry);
        }
        fprintf(out, "\n");
    }
}

static void show_lookup(AddressSpace *space, hwaddr address)
{
    hwaddr offset;
    MemoryRegion *region = find_region(space->current_map, address, &offset);
    fprintf(out, "lookup %d %" PRIu64 "\n", region_number(region), offset);
}

/* --- Changing --- */

/* As most memory of machines is: logged when all writes are. */
static void have_migrated(MemoryRegion *region)
{
    uint64_t offset;
    qemu_ram_set_migratable(
        qemu_ram_block_from_host(memory_region_get_ram_ptr(region), false, &offset));
}

static Object *owners[MOST_OBJECTS];

/* A region has its owner from the start in QEMU; so it would have referenced it when it was added. */
static void own(MemoryRegion *region, Object *owner, bool is_device, bool is_added)
{
    void **words = (void **)region;
    words[OWNER_WORD] = owner;
    words[DEVICE_WORD] = is_device ? owner : NULL;
    if (is_added) {
        object_ref(owner);
    }
}

/* A binary that is laid out otherwise must not be written to. */
static void check_layout(const MemoryRegion *region, const MemoryRegionOps *ops)
{
    if (((void **)region)[OPERATIONS_WORD] != ops) {
        abandon("this QEMU lays out regions otherwise");
    }
}

static bool is_ram_device[MOST_OBJECTS];

bool reads_directly(const MemoryRegion *region)
{
    int number = region_number(region);
    if (number < 0 || is_ram_device[number]) {
        return false;
    }
    return region->room[RAM_BYTE] || (region->room[ROM_DEVICE_BYTE] && region->room[ROMD_BYTE]);
}

static void create_region(const Words *words)
{
    const char *kind = words->text[1];
    int id = words->number[2];
    uint64_t size = words->number[3];
    MemoryRegion *region = regions[id] = calloc(1, sizeof(*region));
    Error *error = NULL;
    const MemoryRegionOps *ops = new_device(id, true);

    if (!strcmp(kind, "container")) {
        memory_region_init(region, NULL, NULL, size);
    } else if (!strcmp(kind, "ram")) {
        memory_region_init_ram_flags_nomigrate(region, NULL, NULL, size, RAM_NORESERVE, &error);
    } else if (!strcmp(kind, "rom")) {
        memory_region_init_rom_nomigrate(region, NULL, NULL, size, &error);
    } else if (!strcmp(kind, "io")) {
        memory_region_init_io(region, NULL, ops, (void *)ops, NULL, size);
        check_layout(region, ops);
    } else if (!strcmp(kind, "rom-device")) {
        ops = new_device(id, false);
        memory_region_init_rom_device_nomigrate(region, NULL, ops, (void *)ops, NULL, size, &error);
        if (!region->room[ROMD_BYTE] || !region->room[ROM_DEVICE_BYTE] || region->room[RAM_BYTE]) {
            abandon("this QEMU lays out ROM devices otherwise");
        }
    } else if (!strcmp(kind, "reservation")) {
        memory_region_init_io(region, NULL, NULL, NULL, NULL, size);
    } else if (!strcmp(kind, "iommu")) {
        memory_region_init_iommu(region, sizeof(*region), "flatview-iommu", NULL, NULL, size);
    } else if (!strcmp(kind, "ram-device")) {
        void *memory = mmap(NULL, (size + 4095) & ~4095ull, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        memory_region_init_ram_device_ptr(region, NULL, NULL, size, memory);
        is_ram_device[id] = true;
    } else if (!strcmp(kind, "alias")) {
        memory_region_init_alias(region, NULL, NULL, regions[words->number[4]], words->number[5],
                                 size);
    } else {
        abandon("unknown kind of region");
    }
    if (error) {
        fprintf(out, "error %s\n", error_get_pretty(error));
    } else if (!strcmp(kind, "ram") || !strcmp(kind, "rom") || !strcmp(kind, "rom-device")) {
        have_migrated(region);
    }
}

static void set_property(MemoryRegion *region, const char *property, uint64_t value)
{
    if (!strcmp(property, "address")) {
        memory_region_set_address(region, value);
    } else if (!strcmp(property, "size")) {
        memory_region_set_size(region, value);
    } else if (!strcmp(property, "enabled")) {
        memory_region_set_enabled(region, value);
    } else if (!strcmp(property, "readonly")) {
        memory_region_set_readonly(region, value);
    } else if (!strcmp(property, "nonvolatile")) {
        memory_region_set_nonvolatile(region, value);
    } else if (!strcmp(property, "romd-mode")) {
        memory_region_rom_device_set_romd(region, value);
    } else if (!strcmp(property, "alias-offset")) {
        memory_region_set_alias_offset(region, value);
    } else if (!strcmp(property, "vga-log")) {
        memory_region_set_log(region, value, 0);
    } else {
        abandon("unknown property");
    }
}

static bool look_command(const Words *words)
{
    static const struct { const char *verb; void (*show)(AddressSpace *); } looks[] = {
        { "view", show_view }, { "sections", show_sections }, { "nodes", show_nodes },
    };
    for (unsigned i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
        if (!strcmp(words->text[0], looks[i].verb)) {
            looks[i].show(spaces[words->number[1]]);
            return true;
        }
    }
    return false;
}

bool region_command(const Words *words)
{
    const char *verb = words->text[0];
    const uint64_t *number = words->number;
    if (!strcmp(verb, "create")) {
        create_region(words);
    } else if (!strcmp(verb, "add")) {
        memory_region_add_subregion_overlap(regions[number[1]], number[3], regions[number[2]],
                                            (int32_t)number[4]);
    } else if (!strcmp(verb, "del")) {
        memory_region_del_subregion(regions[number[1]], regions[number[2]]);
    } else if (!strcmp(verb, "set")) {
        set_property(regions[number[1]], words->text[2], number[3]);
    } else if (!strcmp(verb, "space")) {
        AddressSpace *space = calloc(1, sizeof(*space));
        address_space_init(space, regions[number[2]], "flatview");
        spaces[number[1]] = space;
        number_views();
    } else if (!strcmp(verb, "destroy")) {
        AddressSpace *space = spaces[number[1]];
        spaces[number[1]] = NULL;
        address_space_destroy(space);
    } else if (!strcmp(verb, "begin")) {
        memory_region_transaction_begin();
    } else if (!strcmp(verb, "commit")) {
        memory_region_transaction_commit();
    } else if (!strcmp(verb, "lookup")) {
        show_lookup(spaces[number[1]], number[2]);
    } else if (!strcmp(verb, "owner")) {
        owners[number[1]] = object_new(number[2] ? "loader" : "container");
    } else if (!strcmp(verb, "own")) {
        own(regions[number[1]], owners[number[2]], number[3], number[4]);
    } else if (!strcmp(verb, "drain")) {
        drain_call_rcu();
        forget_views(NULL);
    } else if (!strcmp(verb, "references")) {
        fprintf(out, "references %u\n", *(uint32_t *)((char *)owners[number[1]] + REFERENCES_BYTE));
    } else if (!strcmp(verb, "guard")) {
        regions[number[1]]->room[UNGUARDED_BYTE] = !number[2];
    } else if (!strcmp(verb, "mapped")) {
        fprintf(out, "mapped %d\n", memory_region_is_mapped(regions[number[1]]));
    } else {
        return look_command(words);
    }
    return true;
}
