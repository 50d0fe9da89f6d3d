#include "services/states/parts.h"
namespace thimble::services::states {
void registerTestState(dispatch::Registry&) {}
}  // namespace thimble::services::states
