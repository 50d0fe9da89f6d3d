// Calls as rows.
#pragma once

#include "dispatch/call.h"
#include "dispatch/kernel.pb.h"

namespace thimble::dispatch {

rows::CallRecord toRecord(const Call& call);
/// Throws store::DamagedRow when the input's bytes are no value.
Call fromRecord(const rows::CallRecord& record);

}  // namespace thimble::dispatch
