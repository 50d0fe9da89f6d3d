// Amazon DynamoDB.
#pragma once

#include <memory>

#include "dispatch/context.h"
#include "dispatch/kernel.h"
#include "dispatch/registry.h"

namespace thimble::services::dynamodb {

class Service {
 public:
  Service();
  ~Service();
  void registerWith(dispatch::Registry& registry, dispatch::Kernel& kernel);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace thimble::services::dynamodb
