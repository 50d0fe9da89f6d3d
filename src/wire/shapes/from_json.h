// fromJson<T>: a generated structure out of its model value.
#pragma once

namespace thimble::base {
class Json;
}

namespace thimble::shapes {

/// Specialised in each generated header. Members that are absent or of another kind keep their defaults: check the
/// value against its shape first (constraints.h).
template <class T>
T fromJson(const base::Json& json);

}  // namespace thimble::shapes
