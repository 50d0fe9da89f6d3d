#include "lang/sam/context.h"

#include "lang/sam/resolver.h"

namespace thimble::lang::sam {

Value Context::resolve(const Value& value) const {
  return resolveParameters(value, parameters);
}

Value Context::resolveWithMappings(const Value& value) const {
  return resolveMappings(resolve(value), mappings());
}

}  // namespace thimble::lang::sam
