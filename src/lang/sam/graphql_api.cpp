// AWS::Serverless::GraphQLApi: an AppSync API with its schema, keys, data sources, functions and resolvers.
#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"
#include "lang/sam/macros.h"
#include "lang/sam/policy_documents.h"

namespace thimble::lang::sam {
namespace {

constexpr Intrinsics kChecked = Intrinsics::Refused;
constexpr PropertyRule kRules[] = {
    {"Name"},
    {"Tags", Is::Map, Presence::Optional, kChecked},
    {"XrayEnabled"},
    {"Auth", Is::Map, Presence::Required, kChecked},
    {"SchemaInline", Is::Text, Presence::Optional, kChecked},
    {"SchemaUri", Is::Text, Presence::Optional, kChecked},
    {"Logging", Is::BooleanOrMap, Presence::Optional, kChecked},
    {"DataSources", Is::Map, Presence::Optional, kChecked},
    {"Functions", Is::Map, Presence::Optional, kChecked},
    {"Resolvers", Is::Map, Presence::Optional, kChecked},
    {"ApiKeys", Is::Map, Presence::Optional, kChecked},
    {"DomainName", Is::Map, Presence::Optional, kChecked},
    {"Cache", Is::Map, Presence::Optional, kChecked},
    {"Visibility"},
    {"OwnerContact"},
    {"IntrospectionConfig"},
    {"QueryDepthLimit"},
    {"ResolverCountLimit"},
};

/// Resolvers without code pass the last function's result on.
constexpr const char* kPassThroughResolver =
    "\nexport function request(ctx) {\n    return {};\n}\n\nexport function response(ctx) {\n    return "
    "ctx.prev.result;\n}\n";

using Names = std::vector<std::string_view>;

/// The members of a structure. Required ones come first; `required` of them.
struct Structure {
  Names members;
  std::size_t required = 0;
};

Value withoutNulls(const Value& map) {
  Value made = Value::map();
  for (const auto& [name, value] : map.members()) {
    if (!value.isNull()) made.set(name, value);
  }
  return made;
}

class Expansion {
 public:
  Expansion(Context& context, const Macro& macro)
      : context_(context), macro_(macro), id_(macro.logical_id.text), api_id_(getAtt(macro.logical_id, "ApiId")) {}

  Resources run() {
    checkStructures();
    makeApi();
    makeKeys();
    makeCache();
    makeSources("DynamoDb", "DynamoDB");
    makeSources("Lambda", "Lambda");
    makeDomain();
    makeFunctions();
    makeResolvers();
    if (none_source_) made_.push_back(none_source_);
    return made_;
  }

 private:
  [[noreturn]] void failProperty(const std::string& path) const {
    failResource(id_, "Property '" + path + "' is invalid.");
  }

  void check(const std::string& path, const Value& value, const Structure& structure) const {
    if (value.isNull()) return;
    if (!value.isMap()) failProperty(path);
    for (std::size_t i = 0; i < structure.required; ++i) {
      if (value[structure.members[i]].isNull()) failProperty(path + "." + std::string(structure.members[i]));
    }
    for (const auto& [name, member] : value.members()) {
      if (std::find(structure.members.begin(), structure.members.end(), name.text) == structure.members.end()) {
        failProperty(path + "." + name.text);
      }
    }
  }

  void checkEach(const std::string& path, const Value& map, const Structure& structure) const {
    if (map.isNull()) return;
    if (!map.isMap()) failProperty(path);
    for (const auto& [name, value] : map.members()) {
      if (value.isNull()) failProperty(path + "." + name.text);
      check(path + "." + name.text, value, structure);
    }
  }

  void checkAuth(const std::string& path, const Value& auth, bool may_have_more) const {
    Structure structure{{"Type", "LambdaAuthorizer", "OpenIDConnect", "UserPool"}, 1};
    if (may_have_more) structure.members.push_back("Additional");
    check(path, auth, structure);
    static constexpr std::array<std::string_view, 5> kTypes = {"AWS_IAM", "API_KEY", "AWS_LAMBDA", "OPENID_CONNECT",
                                                               "AMAZON_COGNITO_USER_POOLS"};
    if (std::none_of(kTypes.begin(), kTypes.end(), [&](auto type) { return auth["Type"].is(type); })) {
      failProperty(path + ".Type");
    }
    check(path + ".LambdaAuthorizer", auth["LambdaAuthorizer"],
          {{"AuthorizerUri", "AuthorizerResultTtlInSeconds", "IdentityValidationExpression"}, 1});
    check(path + ".OpenIDConnect", auth["OpenIDConnect"], {{"AuthTTL", "ClientId", "IatTTL", "Issuer"}, 0});
    check(path + ".UserPool", auth["UserPool"], {{"UserPoolId", "AppIdClientRegex", "AwsRegion", "DefaultAction"}, 1});
    const Value more = auth["Additional"];
    if (more.isNull()) return;
    if (!more.isList()) failProperty(path + ".Additional");
    for (std::size_t i = 0; i < more.size(); ++i)
      checkAuth(path + ".Additional." + std::to_string(i), more.items()[i], false);
  }

  void checkStructures() const {
    checkAuth("Auth", macro_["Auth"], true);
    if (!macro_["Logging"].isBool()) {
      check("Logging", macro_["Logging"], {{"CloudWatchLogsRoleArn", "ExcludeVerboseContent", "FieldLogLevel"}, 0});
    }
    check("DataSources", macro_["DataSources"], {{"DynamoDb", "Lambda"}, 0});
    checkEach("DataSources.DynamoDb", macro_["DataSources"]["DynamoDb"],
              {{"TableName", "ServiceRoleArn", "TableArn", "Permissions", "Name", "Description", "Region", "DeltaSync",
                "UseCallerCredentials", "Versioned"},
               1});
    checkEach("DataSources.Lambda", macro_["DataSources"]["Lambda"],
              {{"FunctionArn", "ServiceRoleArn", "Name", "Description"}, 1});
    checkEach(
        "Functions", macro_["Functions"],
        {{"DataSource", "Runtime", "InlineCode", "CodeUri", "Description", "MaxBatchSize", "Name", "Id", "Sync"}, 0});
    for (const auto& [type, resolvers] : macro_["Resolvers"].members()) {
      checkEach("Resolvers." + type.text, resolvers,
                {{"FieldName", "Caching", "InlineCode", "CodeUri", "MaxBatchSize", "Pipeline", "Runtime", "Sync"}, 0});
    }
    checkEach("ApiKeys", macro_["ApiKeys"], {{"ApiKeyId", "Description", "ExpiresOn"}, 0});
    check("DomainName", macro_["DomainName"], {{"CertificateArn", "DomainName", "Description"}, 2});
    check("Cache", macro_["Cache"],
          {{"ApiCachingBehavior", "Ttl", "Type", "AtRestEncryptionEnabled", "TransitEncryptionEnabled"}, 3});
  }

  ResourcePointer make(std::string_view type, const std::string& id) const {
    ResourcePointer made = makeResource(type, id, macro_.attributes);
    made->depends_on = macro_.depends_on;
    return made;
  }

  /// The name and value of an authorizer's configuration; a null name where the type needs none.
  std::pair<const char*, Value> authorizerConfig(const Value& auth, std::size_t index, bool additional) const {
    std::size_t set = 0;
    for (const auto& [name, value] : auth.members()) set += name.text != "Additional" && !value.isNull();
    if (set > 2) {
      const std::string path = index == 0 ? "'Auth'" : "'Auth.Additional." + std::to_string(index) + "'";
      failResource(id_, path + " has more than one authentication configuration defined.");
    }
    const Value type = auth["Type"];
    const char* member = type.is("AWS_LAMBDA")                  ? "LambdaAuthorizer"
                         : type.is("OPENID_CONNECT")            ? "OpenIDConnect"
                         : type.is("AMAZON_COGNITO_USER_POOLS") ? "UserPool"
                                                                : nullptr;
    if (member == nullptr) return {nullptr, {}};
    if (auth[member].isNull()) {
      failResource(id_, "'" + std::string(member) + "' must be defined if type is '" + type.str() + "'.");
    }
    const Value config = withoutNulls(auth[member]);
    if (additional && member == std::string_view("UserPool")) config.erase("DefaultAction");
    return {type.is("AWS_LAMBDA")       ? "LambdaAuthorizerConfig"
            : type.is("OPENID_CONNECT") ? "OpenIDConnectConfig"
                                        : "UserPoolConfig",
            config};
  }

  void makeApi() {
    ResourcePointer api = make("AWS::AppSync::GraphQLApi", id_);
    api->set("Name", macro_["Name"].truthy() ? macro_["Name"] : Value(macro_.logical_id));
    for (const char* name :
         {"Visibility", "OwnerContact", "IntrospectionConfig", "QueryDepthLimit", "ResolverCountLimit"}) {
      if (macro_[name].truthy()) api->set(name, macro_[name]);
    }
    api->set("XrayEnabled", macro_["XrayEnabled"]);
    const std::vector<Value> authorizers = setAuth(*api);
    const Value tags = macro_["Tags"].isMap() ? macro_["Tags"].shallowCopy() : Value::map();
    tags.set("graphqlapi:createdBy", "SAM");
    api->set("Tags", tagList(tags));
    const ResourcePointer log_role = setLogging(*api);
    made_.push_back(api);
    made_.push_back(makeSchema());
    for (std::size_t i = 0; i < authorizers.size(); ++i) {
      connect(
          id_ + "ToLambdaAuthConnector" + std::to_string(i + 1),
          Value::map({{"Type", "AWS::AppSync::GraphQLApi"}, {"Arn", ref(macro_.logical_id)}, {"ResourceId", api_id_}}),
          Value::map({{"Type", "AWS::Lambda::Function"}, {"Arn", authorizers[i]}}), Value::list({"Write"}));
    }
    if (log_role) made_.push_back(log_role);
  }

  /// Sets the API's authentication; returns the functions that authorize.
  std::vector<Value> setAuth(Resource& api) const {
    const Value auth = macro_["Auth"];
    std::vector<Value> functions;
    const auto [name, config] = authorizerConfig(auth, 0, false);
    api.set("AuthenticationType", auth["Type"]);
    if (name != nullptr) {
      api.set(name, config);
      if (config.has("AuthorizerUri")) functions.push_back(config["AuthorizerUri"]);
    }
    if (!auth["Additional"].truthy()) return functions;
    Value more = Value::list();
    for (std::size_t i = 0; i < auth["Additional"].size(); ++i) {
      const Value given = auth["Additional"].items()[i];
      const auto [more_name, more_config] = authorizerConfig(given, i, true);
      Value entry = Value::map({{"AuthenticationType", given["Type"]}});
      if (more_name != nullptr && more_config.truthy()) {
        entry.set(more_name, more_config);
        if (more_config.has("AuthorizerUri")) functions.push_back(more_config["AuthorizerUri"]);
      }
      more.push(entry);
    }
    api.set("AdditionalAuthenticationProviders", more);
    return functions;
  }

  /// Sets LogConfig; returns the role that writes the logs where one has to be made.
  ResourcePointer setLogging(Resource& api) const {
    const Value logging = macro_["Logging"];
    if (logging == Value(false)) return nullptr;
    Value config = Value::map();
    if (logging["ExcludeVerboseContent"].truthy())
      config.set("ExcludeVerboseContent", logging["ExcludeVerboseContent"]);
    config.set("FieldLogLevel", logging["FieldLogLevel"].truthy() ? logging["FieldLogLevel"] : Value("ALL"));
    ResourcePointer role;
    Value role_arn = logging["CloudWatchLogsRoleArn"];
    if (!role_arn.truthy()) {
      role = makeRole(id_ + "CloudWatchRole");
      role->set(
          "ManagedPolicyArns",
          Value::list({sub("arn:${AWS::Partition}:iam::aws:policy/service-role/AWSAppSyncPushToCloudWatchLogs")}));
      role_arn = arnOf(*role);
    }
    config.set("CloudWatchLogsRoleArn", role_arn);
    api.set("LogConfig", config);
    return role;
  }

  ResourcePointer makeRole(const std::string& id) const {
    ResourcePointer role = make("AWS::IAM::Role", id);
    role->set("AssumeRolePolicyDocument", assumeRolePolicy("appsync.amazonaws.com"));
    return role;
  }

  ResourcePointer makeSchema() {
    const bool is_inline = macro_["SchemaInline"].truthy();
    if (!is_inline && !macro_["SchemaUri"].truthy())
      failResource(id_, "One of 'SchemaInline' or 'SchemaUri' must be set.");
    if (is_inline && macro_["SchemaUri"].truthy()) {
      failResource(id_, "Both 'SchemaInline' and 'SchemaUri' cannot be defined at the same time.");
    }
    ResourcePointer schema = make("AWS::AppSync::GraphQLSchema", id_ + "Schema");
    schema->set("ApiId", api_id_);
    schema->set("Definition", macro_["SchemaInline"]);
    schema->set("DefinitionS3Location", macro_["SchemaUri"]);
    return schema;
  }

  void connect(const std::string& id, const Value& source, const Value& destination, const Value& permissions) {
    const Value body = Value::map(
        {{"Type", "AWS::Serverless::Connector"},
         {"Properties", Value::map({{"Source", source}, {"Destination", destination}, {"Permissions", permissions}})}});
    Macro connector = readMacro("AWS::Serverless::Connector", id, body, kConnectorRules);
    const Resources made = expandConnector(context_, connector);
    made_.insert(made_.end(), made.begin(), made.end());
  }

  void makeKeys() {
    for (const auto& [name, key] : macro_["ApiKeys"].members()) {
      ResourcePointer made = make("AWS::AppSync::ApiKey", id_ + name.text);
      made->set("ApiId", api_id_);
      made->set("ApiKeyId", key["ApiKeyId"]);
      made->set("Description", key["Description"]);
      made->set("Expires", key["ExpiresOn"]);
      made_.push_back(made);
    }
  }

  void makeCache() {
    const Value cache = macro_["Cache"];
    if (!cache.truthy()) return;
    ResourcePointer made = make("AWS::AppSync::ApiCache", id_ + "ApiCache");
    made->set("ApiId", api_id_);
    for (const auto& [name, value] : cache.members()) made->set(name.text, value);
    made_.push_back(made);
  }

  void makeDomain() {
    const Value domain = macro_["DomainName"];
    if (!domain.truthy()) return;
    ResourcePointer name = make("AWS::AppSync::DomainName", id_ + "DomainName");
    for (const auto& [member, value] : domain.members()) name->set(member.text, value);
    ResourcePointer association = make("AWS::AppSync::DomainNameApiAssociation", id_ + "DomainNameApiAssociation");
    association->set("ApiId", api_id_);
    association->set("DomainName", nameOf(*name));
    made_.push_back(name);
    made_.push_back(association);
  }

  Value tableArn(const Value& given) const {
    if (given["TableArn"].truthy()) return given["TableArn"];
    return sub(
        arnPattern("${AWS::Partition}", "dynamodb", "table/${__TableName__}", "${AWS::AccountId}:", "${__Region__}"),
        Value::map({{"__TableName__", given["TableName"]},
                    {"__Region__", given["Region"].truthy() ? given["Region"] : ref("AWS::Region")}}));
  }

  void makeSources(const char* section, const std::string& kind) {
    const bool table = kind == "DynamoDB";
    for (const auto& [name, given] : macro_["DataSources"][section].members()) {
      const std::string source_id = id_ + name.text + kind + "DataSource";
      ResourcePointer source = make("AWS::AppSync::DataSource", source_id);
      source->set("Name", given["Name"].truthy() ? given["Name"] : Value(name));
      source->set("Type", table ? "AMAZON_DYNAMODB" : "AWS_LAMBDA");
      source->set("ApiId", api_id_);
      source->set("Description", given["Description"]);
      if (table) {
        Value config = Value::map({{"AwsRegion", given["Region"].truthy() ? given["Region"] : ref("AWS::Region")},
                                   {"TableName", given["TableName"]}});
        for (const char* option : {"UseCallerCredentials", "Versioned"}) {
          if (given[option].truthy()) config.set(option, given[option]);
        }
        if (given["DeltaSync"].truthy()) config.set("DeltaSyncConfig", given["DeltaSync"]);
        source->set("DynamoDBConfig", config);
      } else {
        source->set("LambdaConfig", Value::map({{"LambdaFunctionArn", given["FunctionArn"]}}));
      }
      source_names_[name.text] = getAtt(source_id, "Name");
      made_.push_back(source);
      if (given["ServiceRoleArn"].truthy()) {
        source->set("ServiceRoleArn", given["ServiceRoleArn"]);
        continue;
      }
      ResourcePointer role = makeRole(source_id + "Role");
      source->set("ServiceRoleArn", arnOf(*role));
      made_.push_back(role);
      const Value permissions = !table                          ? Value::list({"Write"})
                                : given["Permissions"].truthy() ? given["Permissions"]
                                                                : Value::list({"Read", "Write"});
      connect(source_id + (table ? "ToTableConnector" : "ToLambdaConnector"),
              Value::map({{"Type", "AWS::AppSync::DataSource"},
                          {"Arn", getAtt(source_id, "DataSourceArn")},
                          {"RoleName", nameOf(*role)}}),
              Value::map({{"Type", table ? "AWS::DynamoDB::Table" : "AWS::Lambda::Function"},
                          {"Arn", table ? tableArn(given) : given["FunctionArn"]}}),
              permissions);
    }
  }

  Value sourceName(const std::string& function, const Value& given) {
    const Value source = given["DataSource"];
    if (!source.truthy()) failResource(function, "'DataSource' must be set.");
    if (!source.isText()) return source;
    std::string lower = source.str();
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (lower == "none") {
      if (!none_source_) {
        none_source_ = make("AWS::AppSync::DataSource", id_ + "NoneDataSource");
        none_source_->set("ApiId", api_id_);
        none_source_->set("Name", none_source_->logical_id);
        none_source_->set("Type", "NONE");
      }
      return getAtt(none_source_->logical_id, "Name");
    }
    const auto found = source_names_.find(source.str());
    if (found == source_names_.end()) {
      failResource(function,
                   "Either define DataSource '" + source.str() +
                       "' in 'DataSources' or use intrinsic function like GetAtt, ImportValue, Sub or another one "
                       "to reference a DataSource defined outside of this GraphQLApi resource.");
    }
    return found->second;
  }

  static Value runtimeOf(const std::string& name, const Value& given) {
    const Value runtime = given["Runtime"];
    if (!runtime.truthy()) failResource(name, "'Runtime' must be defined as a property in " + name + ".");
    return Value::map({{"Name", runtime["Name"]}, {"RuntimeVersion", runtime["Version"]}});
  }

  static void refuseBothCodes(const std::string& name, const Value& given) {
    if (given["InlineCode"].truthy() && given["CodeUri"].truthy()) {
      failResource(name, "Both 'InlineCode' and 'CodeUri' cannot be defined at the same time.");
    }
  }

  void makeFunctions() {
    for (const auto& [name, given] : macro_["Functions"].members()) {
      if (given["Id"].truthy()) {
        if (withoutNulls(given).size() != 1)
          failResource(name.text, "'Id' cannot be defined with other properties in Function.");
        function_ids_[name.text] = given["Id"];
        continue;
      }
      ResourcePointer function = make("AWS::AppSync::FunctionConfiguration", id_ + name.text);
      function->set("ApiId", api_id_);
      function->set("Name", given["Name"].truthy() ? given["Name"] : Value(name));
      refuseBothCodes(name.text, given);
      if (given["InlineCode"].truthy())
        function->set("Code", given["InlineCode"]);
      else if (given["CodeUri"].truthy())
        function->set("CodeS3Location", given["CodeUri"]);
      else
        failResource(name.text, "One of 'InlineCode' or 'CodeUri' must be set.");
      function->set("DataSourceName", sourceName(name.text, given));
      function->set("MaxBatchSize", given["MaxBatchSize"]);
      function->set("Description", given["Description"]);
      function->set("Runtime", runtimeOf(name.text, given));
      if (given["Sync"].truthy()) function->set("SyncConfig", withoutNulls(given["Sync"]));
      function_ids_[name.text] = getAtt(function->logical_id, "FunctionId");
      made_.push_back(function);
    }
  }

  void makeResolvers() {
    for (const auto& [type, resolvers] : macro_["Resolvers"].members()) {
      for (const auto& [name, given] : resolvers.members()) {
        ResourcePointer resolver = make("AWS::AppSync::Resolver", id_ + type.text + name.text);
        resolver->depends_on = Value::list({id_ + "Schema"});
        refuseBothCodes(name.text, given);
        if (given["InlineCode"].truthy() || given["CodeUri"].truthy()) {
          resolver->set("Code", given["InlineCode"]);
          resolver->set("CodeS3Location", given["CodeUri"]);
          resolver->set("Runtime", runtimeOf(name.text, given));
        } else {
          resolver->set("Code", kPassThroughResolver);
          resolver->set("Runtime", Value::map({{"Name", "APPSYNC_JS"}, {"RuntimeVersion", "1.0.0"}}));
        }
        resolver->set("ApiId", api_id_);
        resolver->set("FieldName", given["FieldName"].truthy() ? given["FieldName"] : Value(name));
        resolver->set("TypeName", type);
        if (!given["Pipeline"].truthy()) {
          failResource(name.text,
                       "Resolver '" + name.text +
                           "' must have Pipeline defined. Unit resolvers are not supported. If you need a Unit "
                           "resolver you can use AppSync resource.");
        }
        Value functions = Value::list();
        for (const Value& function : given["Pipeline"].items()) {
          const auto found = function_ids_.find(pythonString(function));
          if (found == function_ids_.end()) {
            failResource(name.text, "Function '" + pythonString(function) + "' does not exist.");
          }
          functions.push(found->second);
        }
        resolver->set("Kind", "PIPELINE");
        resolver->set("PipelineConfig", Value::map({{"Functions", functions}}));
        if (given["Caching"].truthy()) resolver->set("CachingConfig", withoutNulls(given["Caching"]));
        if (given["MaxBatchSize"].truthy()) resolver->set("MaxBatchSize", given["MaxBatchSize"]);
        made_.push_back(resolver);
      }
    }
  }

  Context& context_;
  const Macro& macro_;
  std::string id_;
  Value api_id_;
  Resources made_;
  ResourcePointer none_source_;
  std::map<std::string, Value> source_names_, function_ids_;
};

}  // namespace

const PropertyRules kGraphQLApiRules = kRules;

Resources expandGraphQLApi(Context& context, Macro& macro) {
  return Expansion(context, macro).run();
}

}  // namespace thimble::lang::sam
