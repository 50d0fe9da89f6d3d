#include "dispatch/call_record.h"

#include "base/json_binary.h"
#include "store/table.h"

namespace thimble::dispatch {

rows::CallRecord toRecord(const Call& call) {
  rows::CallRecord record;
  rows::IdentityRecord& identity = *record.mutable_identity();
  identity.set_kind(static_cast<std::uint32_t>(call.identity.kind));
  identity.set_account(call.identity.account);
  identity.set_arn(call.identity.arn);
  identity.set_user_id(call.identity.user_id);
  identity.set_access_key_id(call.identity.access_key_id);
  identity.set_user_name(call.identity.user_name);
  identity.set_role_arn(call.identity.role_arn);
  identity.set_session_name(call.identity.session_name);
  for (const std::string& policy : call.identity.session_policies) identity.add_session_policies(policy);
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
  const rows::IdentityRecord& identity = record.identity();
  call.identity.kind = static_cast<Identity::Kind>(identity.kind());
  call.identity.account = identity.account();
  call.identity.arn = identity.arn();
  call.identity.user_id = identity.user_id();
  call.identity.access_key_id = identity.access_key_id();
  call.identity.user_name = identity.user_name();
  call.identity.role_arn = identity.role_arn();
  call.identity.session_name = identity.session_name();
  call.identity.session_policies.assign(identity.session_policies().begin(), identity.session_policies().end());
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
