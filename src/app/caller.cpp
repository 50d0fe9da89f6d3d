#include "app/caller.h"

#include <charconv>

#include "dispatch/credentials.h"
#include "wire/sigv4/aws_chunked.h"

namespace thimble::app {
namespace {

using wire::sigv4::Dialect;
using wire::sigv4::PayloadKind;
using wire::sigv4::Verification;

Dialect dialectOf(const shapes::Service& service) {
  switch (service.protocol) {
    case shapes::Protocol::Query:
    case shapes::Protocol::Ec2:
      return Dialect::Query;
    case shapes::Protocol::RestJson:
      return Dialect::RestJson;
    case shapes::Protocol::RestXml:
      return service.name == "s3" ? Dialect::S3 : Dialect::Query;
    default:
      return Dialect::Json;
  }
}

wire::sigv4::Expectation expectationOf(const shapes::Service& service, const shapes::Operation* operation) {
  return {.dialect = dialectOf(service),
          .signing_name = service.signing_name,
          .allow_unsigned_payload = service.name == "s3" || (operation != nullptr && operation->unsigned_payload)};
}

std::unique_ptr<wire::http::BodyDecoder> chunkDecoder(const wire::http::HttpRequest& head,
                                                      const Verification& verification) {
  const PayloadKind kind = wire::sigv4::payloadKind(head);
  const bool is_signed = kind == PayloadKind::StreamingSigned || kind == PayloadKind::StreamingSignedTrailer;
  if (!is_signed && kind != PayloadKind::StreamingUnsignedTrailer) return nullptr;
  wire::sigv4::AwsChunkedOptions options;
  options.trailer = kind != PayloadKind::StreamingSigned;
  if (const std::string* length = head.headers.find("x-amz-decoded-content-length")) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(length->data(), length->data() + length->size(), value);
    if (error == std::errc() && end == length->data() + length->size()) options.decoded_length = value;
  }
  if (is_signed && verification.outcome == Verification::Outcome::Verified) {
    const auto& authorization = *verification.authorization;
    options.signing = wire::sigv4::ChunkSigning{
        verification.signing_key, authorization.time_text,
        wire::sigv4::credentialScope(authorization.date, authorization.region, authorization.service),
        authorization.signature};
  }
  return std::make_unique<wire::sigv4::AwsChunkedDecoder>(std::move(options));
}

}  // namespace

wire::sigv4::Credential IssuedCredentials::find(std::string_view access_key_id) const {
  using State = wire::sigv4::Credential::State;
  wire::sigv4::Credential out;
  if (!dispatch::isOurAccessKeyId(access_key_id)) return out;
  store::Transaction transaction = environment_.store.begin();
  auto credential = dispatch::findCredential(transaction, std::string(access_key_id));
  if (!credential || !credential->active) {
    out.state = State::Inactive;
  } else if (credential->expiration && *credential->expiration <= environment_.clock.now()) {
    out.state = State::Expired;
  } else {
    out.state = State::Active;
    out.secret_access_key = std::move(credential->secret_access_key);
    out.session_token = std::move(credential->session_token);
    credential->identity.access_key_id = access_key_id;
    out.principal = std::make_shared<const dispatch::Identity>(std::move(credential->identity));
  }
  return out;
}

base::Result<wire::Authenticator::Admission> Callers::begin(const wire::http::HttpRequest& head,
                                                            const shapes::Service& service,
                                                            const shapes::Operation* operation) {
  TRY_ASSIGN(Verification verification, verifier_.begin(head, expectationOf(service, operation)));
  Admission admission;
  admission.decoder = chunkDecoder(head, verification);
  admission.state = std::make_shared<const Verification>(std::move(verification));
  return admission;
}

base::Result<std::shared_ptr<const void>> Callers::finish(const std::shared_ptr<const void>& state,
                                                          const wire::http::HttpRequest& request,
                                                          const shapes::Operation& operation) {
  const auto& verification = *std::static_pointer_cast<const Verification>(state);
  const shapes::Service& service = *operation.service;
  switch (verification.outcome) {
    case Verification::Outcome::Verified:
      TRY(verifier_.finish(verification, request, expectationOf(service, &operation)));
      return verification.principal;
    case Verification::Outcome::Unknown: {
      // Any page can make a browser load a URL, and this one would be taken at its word. S3 changes nothing by a GET,
      // and who loads a URL sends no such header.
      if (verification.authorization->presigned && service.name != "s3" && operation.name != "GetCallerIdentity" &&
          !request.headers.contains("x-amz-target")) {
        return wire::sigv4::unknownAccessKey(dialectOf(service), verification.authorization->access_key_id);
      }
      // Ids of our form were looked up by the verifier, through IssuedCredentials.
      TRY_ASSIGN(auto identity,
                 dispatch::openDoorIdentity(verification.authorization->access_key_id,
                                            request.listener == wire::http::ListenerKind::Loopback, &service));
      return std::shared_ptr<const void>(std::make_shared<dispatch::Identity>(std::move(identity)));
    }
    case Verification::Outcome::Anonymous:
      break;
  }
  // S3 has resources that anyone may read, and the links in SNS's messages carry no signature; other operations say so
  // in their model.
  const bool link =
      service.name == "sns" && (operation.name == "ConfirmSubscription" || operation.name == "Unsubscribe");
  if (service.name != "s3" && !link && !operation.unsigned_call) {
    return wire::sigv4::missingAuthenticationToken(dialectOf(service));
  }
  return std::shared_ptr<const void>(std::make_shared<dispatch::Identity>());
}

}  // namespace thimble::app
