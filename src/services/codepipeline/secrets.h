// Secret properties of actions' configurations: workers get them, nobody else is shown them.
// https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ActionConfigurationProperty.html
#pragma once

#include <string>

#include "base/json.h"
#include "dispatch/context.h"
#include "platform/sealer.h"

namespace thimble::services::codepipeline {

/// What a secret in a row is sealed for. There it is {"Sealed": base64}; older rows have texts.
std::string secretPurpose(const std::string& account);
/// All secrets of a declaration but those that variables are to be put into.
base::Json sealSecrets(dispatch::Context& context, platform::Sealer& sealer, base::Json declaration);
/// A configuration with its secrets as texts; one that another key has sealed is empty.
base::Json openSecrets(const platform::Sealer& sealer, const std::string& account, const base::Json& configuration);

/// The configuration of an action of that type, with asterisks in place of its secrets.
base::Json hideSecrets(dispatch::Context& context, const base::Json& action_type_id, base::Json configuration);
/// The same for all actions of a pipeline's declaration.
base::Json hideAllSecrets(dispatch::Context& context, base::Json declaration);
/// Where a new declaration has asterisks for a secret, the value of the same action of the one before.
base::Json keepSecrets(dispatch::Context& context, base::Json declaration, const base::Json& before);

}  // namespace thimble::services::codepipeline
