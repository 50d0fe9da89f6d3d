// Secret properties of actions' configurations: workers get them, nobody else is shown them.
// https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ActionConfigurationProperty.html
#pragma once

#include <string>

#include "base/json.h"
#include "dispatch/context.h"

namespace thimble::services::codepipeline {

/// The configuration of an action of that type, with asterisks in place of its secrets.
base::Json hideSecrets(dispatch::Context& context, const base::Json& action_type_id, base::Json configuration);
/// The same for all actions of a pipeline's declaration.
base::Json hideAllSecrets(dispatch::Context& context, base::Json declaration);
/// Where a new declaration has asterisks for a secret, the value of the same action of the one before.
base::Json keepSecrets(dispatch::Context& context, base::Json declaration, const base::Json& before);

}  // namespace thimble::services::codepipeline
