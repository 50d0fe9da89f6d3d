// What the parameters of an event source mapping have to be, by the kind of the source.
#pragma once

#include <cstdint>
#include <string>

#include "base/json.h"
#include "base/result.h"

namespace thimble::services::lambda {

enum class SourceKind { Stream, Queue };

/// The kind of a source's ARN. Errors: other kinds are refused by their names.
base::Result<SourceKind> sourceKindOf(const std::string& arn);

/// Checks what Create and Update give (`input`); parameters that do not exist here are refused by their names.
/// `configuration`: what the mapping is once it has been changed.
base::Result<void> checkMapping(SourceKind kind, const std::string& source_arn, const base::Json& input,
                                const base::Json& configuration);

/// The configuration with its defaults, before anything was given.
base::Json defaultConfiguration(SourceKind kind);
/// Takes what `input` gives over.
void applyInput(base::Json& configuration, const base::Json& input);

}  // namespace thimble::services::lambda
