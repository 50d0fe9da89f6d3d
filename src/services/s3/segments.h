// The bytes of an object: runs of blobs, one after the other.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/byte_source.h"
#include "services/s3/s3.pb.h"
#include "store/blob_store.h"

namespace thimble::services::s3 {

using Segments = google::protobuf::RepeatedPtrField<proto::Segment>;

/// Bytes [offset, offset + length) of the segments. Blobs are opened as they are reached. `key`: of the customer, or
/// empty.
platform::ByteSourcePointer openSegments(const store::BlobStore& blobs, const Segments& segments, std::uint64_t offset,
                                         std::uint64_t length, const std::string& key = {});

}  // namespace thimble::services::s3
