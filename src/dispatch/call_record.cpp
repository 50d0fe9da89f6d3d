#include "dispatch/call_record.h"

#include "base/json_binary.h"
#include "store/table.h"

namespace thimble::dispatch {

rows::IdentityRecord toRecord(const Identity& identity) {
  rows::IdentityRecord record;
  record.set_kind(static_cast<std::uint32_t>(identity.kind));
  record.set_account(identity.account);
  record.set_arn(identity.arn);
  record.set_user_id(identity.user_id);
  record.set_access_key_id(identity.access_key_id);
  record.set_user_name(identity.user_name);
  record.set_role_arn(identity.role_arn);
  record.set_session_name(identity.session_name);
  for (const std::string& policy : identity.session_policies) record.add_session_policies(policy);
  record.mutable_session_tags()->insert(identity.session_tags.begin(), identity.session_tags.end());
  for (const std::string& key : identity.transitive_tag_keys) record.add_transitive_tag_keys(key);
  return record;
}

Identity fromRecord(const rows::IdentityRecord& record) {
  Identity identity;
  identity.kind = static_cast<Identity::Kind>(record.kind());
  identity.account = record.account();
  identity.arn = record.arn();
  identity.user_id = record.user_id();
  identity.access_key_id = record.access_key_id();
  identity.user_name = record.user_name();
  identity.role_arn = record.role_arn();
  identity.session_name = record.session_name();
  identity.session_policies.assign(record.session_policies().begin(), record.session_policies().end());
  identity.session_tags.insert(record.session_tags().begin(), record.session_tags().end());
  identity.transitive_tag_keys.assign(record.transitive_tag_keys().begin(), record.transitive_tag_keys().end());
  return identity;
}

rows::CallRecord toRecord(const Call& call) {
  rows::CallRecord record;
  *record.mutable_identity() = toRecord(call.identity);
  if (call.role) {
    record.set_has_role(true);
    record.set_role_arn(call.role->role_arn);
    record.set_role_service_principal(call.role->service_principal);
    record.set_role_session_name(call.role->session_name);
  }
  record.set_account(call.account);
  record.set_region(call.region);
  record.set_service(call.service);
  record.set_operation(call.operation);
  record.set_input(base::encodeJsonBinary(call.input));
  record.set_source_arn(call.source_arn);
  return record;
}

Call fromRecord(const rows::CallRecord& record) {
  Call call;
  call.identity = fromRecord(record.identity());
  if (record.has_role()) {
    call.role = RoleToAssume{record.role_arn(), record.role_service_principal(), record.role_session_name()};
  }
  call.account = record.account();
  call.region = record.region();
  call.service = record.service();
  call.operation = record.operation();
  auto input = base::decodeJsonBinary(record.input());
  if (!input) throw store::DamagedRow("the input of a stored call is damaged");
  call.input = *std::move(input);
  call.source_arn = record.source_arn();
  return call;
}

}  // namespace thimble::dispatch
