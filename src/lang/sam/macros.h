// The serverless resource types: each turns into plain resources. One source file each.
#pragma once

#include "lang/sam/context.h"
#include "lang/sam/properties.h"
#include "lang/sam/resource.h"

namespace thimble::lang::sam {

extern const PropertyRules kFunctionRules;
extern const PropertyRules kStateMachineRules;
extern const PropertyRules kApiRules;
extern const PropertyRules kHttpApiRules;
extern const PropertyRules kWebSocketApiRules;
extern const PropertyRules kSimpleTableRules;
extern const PropertyRules kApplicationRules;
extern const PropertyRules kLayerVersionRules;
extern const PropertyRules kConnectorRules;
extern const PropertyRules kGraphQLApiRules;
extern const PropertyRules kCapacityProviderRules;

// Each may change the macro: its logical id (layers), its properties (intrinsics resolved).
Resources expandFunction(Context& context, Macro& macro);
Resources expandStateMachine(Context& context, Macro& macro);
Resources expandApi(Context& context, Macro& macro);
Resources expandHttpApi(Context& context, Macro& macro);
Resources expandWebSocketApi(Context& context, Macro& macro);
Resources expandSimpleTable(Context& context, Macro& macro);
Resources expandApplication(Context& context, Macro& macro);
/// Sets TemplateUrl from Location, before the properties are checked.
void locateApplication(const Context& context, const std::string& logical_id, const Value& properties);
Resources expandLayerVersion(Context& context, Macro& macro);
Resources expandConnector(Context& context, Macro& macro);
Resources expandGraphQLApi(Context& context, Macro& macro);
Resources expandCapacityProvider(Context& context, Macro& macro);

/// lambda:createdBy and the like in front of the user's tags; fails where those use a reserved key.
Value tagsWithMark(const Macro& macro, const Value& tags, const Value& additional = {});

/// {"Bucket", "Key", "Version"} of "s3://bucket/key?versionId=v", marked like it; null when it is none.
Value parseS3Uri(const Value& uri);
/// The same for a property that is a map or such a string; fails otherwise.
Value s3Location(const Value& uri, const std::string& logical_id, const std::string& property);
/// For code: {"S3Bucket", "S3Key", "S3ObjectVersion"}.
Value codeLocation(const Value& uri, const std::string& logical_id, const std::string& property);

}  // namespace thimble::lang::sam
