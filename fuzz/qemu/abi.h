/*
 * What QEMU 7.2's binary lays out and exports, as far as the agent uses it. The layouts are facts
 * about that binary, checked at start-up where a wrong one could go unnoticed.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef uint64_t hwaddr;
typedef unsigned __int128 Int128;
typedef struct Object Object;
typedef struct Error Error;
typedef uint32_t MemTxResult;

typedef struct {
    unsigned unspecified : 1, secure : 1, user : 1, memory : 1, others : 28;
} MemTxAttrs;

/*
 * Where a region's owner is, in words of 8 bytes, and behind it the owner as a device and the
 * operations; and where, in bytes, a region says that it is not guarded against re-entrancy.
 */
enum { OWNER_WORD = 8, DEVICE_WORD, OPERATIONS_WORD, UNGUARDED_BYTE = 264 };

/* Regions and spaces are QEMU's own; this is more room than it takes. */
typedef struct { _Alignas(16) char room[1024]; } MemoryRegion;

/* Where, in bytes, an object counts its references. */
enum { REFERENCES_BYTE = 24 };

/* Where, in bytes, a region says whether it is in ROMD mode, RAM, and a ROM device. */
enum { ROMD_BYTE = 40, RAM_BYTE = 41, ROM_DEVICE_BYTE = 45 };

typedef struct {
    void *rcu[2];
    unsigned ref;
    struct FlatRange *ranges;
    unsigned nr, nr_allocated;
    struct AddressSpaceDispatch *dispatch;
    MemoryRegion *root;
} FlatView;

typedef struct FlatRange {
    MemoryRegion *mr;
    hwaddr offset_in_region;
    Int128 start, size;
    uint8_t dirty_log_mask;
    bool romd_mode, readonly, nonvolatile;
} FlatRange;

typedef struct {
    Int128 size;
    MemoryRegion *mr;
    FlatView *fv;
    hwaddr offset_within_region, offset_within_address_space;
    bool readonly, nonvolatile;
} MemoryRegionSection;

typedef struct AddressSpaceDispatch {
    MemoryRegionSection *mru_section;
    uint32_t phys_map;
    struct {
        void *rcu[2];
        unsigned sections_nb, sections_nb_alloc, nodes_nb, nodes_nb_alloc;
        uint32_t (*nodes)[512];
        MemoryRegionSection *sections;
    } map;
} AddressSpaceDispatch;

typedef struct {
    void *rcu[2];
    char *name;
    MemoryRegion *root;
    FlatView *current_map;
    char room[512];
} AddressSpace;

typedef struct { int rfd, wfd; bool initialized; } EventNotifier;

typedef struct MemoryListener MemoryListener;
typedef void ListenerGlobal(MemoryListener *);
typedef void ListenerSection(MemoryListener *, MemoryRegionSection *);
typedef void ListenerLog(MemoryListener *, MemoryRegionSection *, int before, int after);
typedef void ListenerEventfd(MemoryListener *, MemoryRegionSection *, bool match, uint64_t data,
                             EventNotifier *);
typedef void ListenerCoalesced(MemoryListener *, MemoryRegionSection *, hwaddr start, hwaddr size);

struct MemoryListener {
    ListenerGlobal *begin, *commit;
    ListenerSection *region_add, *region_del, *region_nop;
    ListenerLog *log_start, *log_stop;
    void *log_sync, *log_sync_global, *log_clear;
    ListenerGlobal *log_global_start, *log_global_stop, *log_global_after_sync;
    ListenerEventfd *eventfd_add, *eventfd_del;
    ListenerCoalesced *coalesced_io_add, *coalesced_io_del;
    unsigned priority;
    const char *name;
    AddressSpace *address_space;
    void *links[4];
};

enum { NATIVE_ENDIAN, BIG_ENDIAN_DEVICE, LITTLE_ENDIAN_DEVICE };

typedef struct {
    unsigned min, max;
    bool unaligned;
} AccessSizes;

typedef struct {
    uint64_t (*read)(void *, hwaddr, unsigned);
    void (*write)(void *, hwaddr, uint64_t, unsigned);
    MemTxResult (*read_with_attrs)(void *, hwaddr, uint64_t *, unsigned, MemTxAttrs);
    MemTxResult (*write_with_attrs)(void *, hwaddr, uint64_t, unsigned, MemTxAttrs);
    int endianness;
    struct {
        unsigned min, max;
        bool unaligned;
        bool (*accepts)(void *, hwaddr, unsigned, bool, MemTxAttrs);
    } valid;
    AccessSizes impl;
} MemoryRegionOps;

typedef struct {
    AddressSpace *target_as;
    hwaddr iova, translated_addr, addr_mask;
    int perm;
} IOMMUTLBEntry;

enum { OBJECT_CLASS_BYTES = 96, RAM_NORESERVE = 1 << 7, PHASE_MACHINE_READY = 4 };

typedef struct {
    char object_class[OBJECT_CLASS_BYTES];
    IOMMUTLBEntry (*translate)(void *, hwaddr, int, int);
    uint64_t (*get_min_page_size)(void *);
    void *notify_flag_changed, *replay, *get_attr;
    int (*attrs_to_index)(void *, MemTxAttrs);
    int (*num_indexes)(void *);
} IOMMUMemoryRegionClass;

typedef struct {
    const char *name, *parent;
    size_t instance_size, instance_align;
    void *instance_init, *instance_post_init, *instance_finalize;
    bool abstract;
    size_t class_size;
    void (*class_init)(void *, void *);
    void *class_base_init, *class_data, *interfaces;
} TypeInfo;

extern bool tcg_allowed;
bool phase_check(int);
bool target_words_bigendian(void);
void qemu_mutex_lock_iothread_impl(const char *, int);
void rcu_register_thread(void);
void rcu_enable_atfork(void);
void drain_call_rcu(void);
Object *object_new(const char *);
Object *object_ref(void *);
void *type_register_static(const TypeInfo *);
const char *error_get_pretty(const Error *);
int event_notifier_init(EventNotifier *, int);
int event_notifier_test_and_clear(EventNotifier *);

void memory_region_init(MemoryRegion *, Object *, const char *, uint64_t);
void memory_region_init_io(MemoryRegion *, Object *, const MemoryRegionOps *, void *, const char *,
                           uint64_t);
void memory_region_init_ram_flags_nomigrate(MemoryRegion *, Object *, const char *, uint64_t,
                                            uint32_t, Error **);
void memory_region_init_rom_nomigrate(MemoryRegion *, Object *, const char *, uint64_t, Error **);
void memory_region_init_alias(MemoryRegion *, Object *, const char *, MemoryRegion *, hwaddr,
                              uint64_t);
void memory_region_init_rom_device_nomigrate(MemoryRegion *, Object *, const MemoryRegionOps *,
                                             void *, const char *, uint64_t, Error **);
void memory_region_init_ram_device_ptr(MemoryRegion *, Object *, const char *, uint64_t, void *);
void memory_region_init_iommu(void *, size_t, const char *, Object *, const char *, uint64_t);
void memory_region_add_subregion_overlap(MemoryRegion *, hwaddr, MemoryRegion *, int);
void memory_region_del_subregion(MemoryRegion *, MemoryRegion *);
void memory_region_set_address(MemoryRegion *, hwaddr);
void memory_region_set_size(MemoryRegion *, uint64_t);
void memory_region_set_enabled(MemoryRegion *, bool);
void memory_region_set_readonly(MemoryRegion *, bool);
void memory_region_set_nonvolatile(MemoryRegion *, bool);
void memory_region_rom_device_set_romd(MemoryRegion *, bool);
void memory_region_set_alias_offset(MemoryRegion *, hwaddr);
void memory_region_set_log(MemoryRegion *, bool, unsigned);
bool memory_region_is_mapped(MemoryRegion *);
void memory_region_add_coalescing(MemoryRegion *, hwaddr, uint64_t);
void memory_region_set_coalescing(MemoryRegion *);
void memory_region_clear_coalescing(MemoryRegion *);
void memory_region_add_eventfd(MemoryRegion *, hwaddr, unsigned, bool, uint64_t, EventNotifier *);
void memory_region_del_eventfd(MemoryRegion *, hwaddr, unsigned, bool, uint64_t, EventNotifier *);
void memory_region_transaction_begin(void);
void memory_region_transaction_commit(void);
void *memory_region_get_ram_ptr(MemoryRegion *);
void *qemu_ram_block_from_host(void *, bool, uint64_t *);
void qemu_ram_set_migratable(void *);
MemTxResult memory_region_dispatch_write(MemoryRegion *, hwaddr, uint64_t, unsigned, MemTxAttrs);
MemoryRegion *memory_region_from_host(void *, uint64_t *);
void memory_region_unref(MemoryRegion *);
MemoryRegionSection memory_region_find(MemoryRegion *, hwaddr, uint64_t);
void memory_listener_register(MemoryListener *, AddressSpace *);
void memory_listener_unregister(MemoryListener *);
void memory_global_dirty_log_start(unsigned);
void memory_global_dirty_log_stop(unsigned);

void address_space_init(AddressSpace *, MemoryRegion *, const char *);
void address_space_destroy(AddressSpace *);
MemTxResult address_space_read_full(AddressSpace *, hwaddr, MemTxAttrs, void *, hwaddr);
MemTxResult address_space_write(AddressSpace *, hwaddr, MemTxAttrs, const void *, hwaddr);
MemTxResult address_space_write_rom(AddressSpace *, hwaddr, MemTxAttrs, const void *, hwaddr);
MemTxResult address_space_set(AddressSpace *, hwaddr, uint8_t, hwaddr, MemTxAttrs);
bool address_space_access_valid(AddressSpace *, hwaddr, hwaddr, bool, MemTxAttrs);
void *address_space_map(AddressSpace *, hwaddr, hwaddr *, bool, MemTxAttrs);
void address_space_unmap(AddressSpace *, void *, hwaddr, bool, hwaddr);
MemoryRegion *flatview_translate(FlatView *, hwaddr, hwaddr *, hwaddr *, bool, MemTxAttrs);
MemTxResult flatview_read_continue(FlatView *, hwaddr, MemTxAttrs, void *, hwaddr length,
                                   hwaddr offset, hwaddr left, MemoryRegion *);
extern AddressSpace address_space_memory;

#define LOADS(width, type)                                                                       \
    type address_space_ld##width(AddressSpace *, hwaddr, MemTxAttrs, MemTxResult *);
#define STORES(width, type)                                                                      \
    void address_space_st##width(AddressSpace *, hwaddr, type, MemTxAttrs, MemTxResult *);
LOADS(ub, uint32_t) LOADS(uw, uint32_t) LOADS(uw_le, uint32_t) LOADS(uw_be, uint32_t)
LOADS(l, uint32_t) LOADS(l_le, uint32_t) LOADS(l_be, uint32_t)
LOADS(q, uint64_t) LOADS(q_le, uint64_t) LOADS(q_be, uint64_t)
STORES(b, uint32_t) STORES(w, uint32_t) STORES(w_le, uint32_t) STORES(w_be, uint32_t)
STORES(l, uint32_t) STORES(l_le, uint32_t) STORES(l_be, uint32_t)
STORES(q, uint64_t) STORES(q_le, uint64_t) STORES(q_be, uint64_t)
