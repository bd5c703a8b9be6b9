"""Accesses of every kind: devices, IOMMUs, mappings, reentrancy, and guest memory."""

from fuzz.harnesses.interface import Floors, Harness
from fuzz.harnesses.topology import OPERATIONS as TOPOLOGY
from fuzz.operations_access import (
    AskWhetherValid,
    Fill,
    Load,
    Read,
    ReadConstant,
    Store,
    Write,
    WriteRom,
)
from fuzz.operations_devices import (
    AnswerByFormula,
    AttachDevice,
    FailCallback,
    MapPage,
    PermitPage,
    PresetBytes,
    RefuseAccesses,
    SetAccessSizes,
)
from fuzz.operations_guest import (
    AskAddress,
    AskMap,
    AskRange,
    GuestLoad,
    GuestRead,
    GuestStore,
    GuestWrite,
    ReadVolatileFrom,
    TryAccess,
    WriteVolatileTo,
)
from fuzz.operations_lifecycle import CreateOwner, OwnRegion
from fuzz.operations_listeners import AddEventfd, DelEventfd
from fuzz.operations_mapping import Map, ReadMapped, SetBounceBudget, Unmap, WriteMapped
from fuzz.operations_reentry import ReadFromCallback, SetReentrancyGuard, WriteFromCallback

DEVICES = (AttachDevice, SetAccessSizes, AnswerByFormula, FailCallback, RefuseAccesses, PresetBytes)
ACCESSES = (Read, Write, WriteRom, Load, Store, AskWhetherValid, ReadConstant, Fill)
GUEST = (AskMap, AskAddress, AskRange, TryAccess, GuestRead, GuestWrite, GuestLoad, GuestStore)
OTHERS = (MapPage, PermitPage, ReadVolatileFrom, WriteVolatileTo, CreateOwner, OwnRegion)
MAPPINGS = (AddEventfd, DelEventfd, Map, ReadMapped, SetBounceBudget, Unmap, WriteMapped)
REENTRY = (ReadFromCallback, SetReentrancyGuard, WriteFromCallback)

ACCESS = Harness(
    "access",
    "reads, writes, devices, IOMMUs, mappings, guest memory (rules X, A, F, G)",
    TOPOLOGY | dict.fromkeys((*DEVICES, *ACCESSES, *GUEST, *OTHERS, *MAPPINGS, *REENTRY), 1),
    Floors(endings=("ok", "decode-error", "access-error", "error InvalidGuestAddress")),
)
