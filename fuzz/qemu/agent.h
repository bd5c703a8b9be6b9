/* What the agent's parts share: the commands' words, the tables of what they made, and replies. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi.h"

enum { MOST_WORDS = 16, MOST_OBJECTS = 4096, NOTIFIERS = 8 };

typedef struct {
    int count;
    char *text[MOST_WORDS];
    uint64_t number[MOST_WORDS];
} Words;

extern FILE *out;
extern MemoryRegion *regions[MOST_OBJECTS];
extern AddressSpace *spaces[MOST_OBJECTS];
extern MemoryListener *listeners[MOST_OBJECTS];
extern EventNotifier notifiers[NOTIFIERS];

/* Says why and ends the process: the harness is at fault, not QEMU. */
_Noreturn void abandon(const char *why);

/* Whether reads of a region copy from its memory. */
bool reads_directly(const MemoryRegion *region);
int region_number(const MemoryRegion *region);
int view_serial(FlatView *view);
MemTxAttrs attrs_of(uint64_t bits);

/* Each takes a command's words, and says whether the command is one of its own. */
bool region_command(const Words *words);
bool device_command(const Words *words);
bool listener_command(const Words *words);
bool access_command(const Words *words);

const MemoryRegionOps *new_device(int region, bool refuses);
/* Translates without passing an IOMMU, which is found instead. */
MemoryRegion *find_region(FlatView *view, hwaddr address, hwaddr *offset);
void register_iommu_type(void);
void register_serial_listener(void);
