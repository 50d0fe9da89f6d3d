// Calls and identities as rows.
#pragma once

#include "dispatch/call.h"
#include "dispatch/kernel.pb.h"

namespace thimble::dispatch {

rows::IdentityRecord toRecord(const Identity& identity);
Identity fromRecord(const rows::IdentityRecord& record);

rows::CallRecord toRecord(const Call& call);
/// Throws store::DamagedRow when the input's bytes are no value.
Call fromRecord(const rows::CallRecord& record);

}  // namespace thimble::dispatch
