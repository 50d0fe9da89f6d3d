#!/usr/bin/env bash
# Runs the start-button example from nothing: installs, builds, serves, deploys, presses, and shows what happened.
#
#   ./dev demo            leaves the server running at the end, with its data in build/demo/data
#   ./dev demo --stop     stops the server at the end
#   ./dev demo --port N   serves on port N (default 4566)
# A second run goes on with the same data.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
port=4566
stop=no
while [[ $# -gt 0 ]]; do
  case $1 in
    --stop) stop=yes ;;
    --port) port=${2:?--port needs a number}; shift ;;
    *) fail "unknown option '$1'; see ./dev demo --help" ;;
  esac
  shift
done

need_setup
say "Building"
build_program >&2
bash "$root/tools/dev/functions.sh" >&2

work=$root/build/demo
examples=$root/examples
button=$examples/StartPipelineButton
mkdir -p "$work"
export AWS_ENDPOINT_URL=http://localhost:$port AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test \
  AWS_DEFAULT_REGION=eu-west-1 AWS_EC2_METADATA_DISABLED=true AWS_PAGER="" AWS_CONFIG_FILE=/nonexistent \
  AWS_SHARED_CREDENTIALS_FILE=/nonexistent
export PATH=$venv/bin:$PATH
unset AWS_PROFILE AWS_SESSION_TOKEN AWS_REGION

if curl -fsS -m 2 "$AWS_ENDPOINT_URL/_thimble/health" >/dev/null 2>&1; then
  say "A server is running on port $port already"
else
  say "Starting the server on port $port (log: build/demo/server.log)"
  setsid "$root/build/thimble" serve --port "$port" --data "$work/data" >"$work/server.log" 2>&1 </dev/null &
  echo $! >"$work/server.pid"
  for _ in $(seq 100); do
    curl -fsS -m 2 "$AWS_ENDPOINT_URL/_thimble/health" >/dev/null 2>&1 && break
    kill -0 "$(cat "$work/server.pid")" 2>/dev/null || { cat "$work/server.log" >&2; fail "the server did not start"; }
    sleep 0.05
  done
fi

run() {
  printf '\n$ %s\n' "$*"
  "$@"
}

say "1. A bucket for the functions' code"
aws s3api head-bucket --bucket artifacts 2>/dev/null || run aws s3 mb s3://artifacts

say "2. The pipeline"
run aws cloudformation deploy --template-file "$examples/serverless-pipeline.yaml" --stack-name serverless-pipeline \
  --capabilities CAPABILITY_IAM --no-fail-on-empty-changeset
# shellcheck disable=SC2016  # The backquotes are JMESPath's.
bucket=$(aws cloudformation describe-stacks --stack-name serverless-pipeline --output text \
  --query 'Stacks[0].Outputs[?OutputKey==`SourceBucket`].OutputValue')
(cd "$examples" && zip -q -r "$work/source.zip" serverless-pipeline.yaml api_call_sample.py)
run aws s3 cp --quiet "$work/source.zip" "s3://$bucket/source.zip"

say "3. The button"
run aws cloudformation package --template-file "$button/cloudformation/start-pipeline-button.yaml" \
  --s3-bucket artifacts --output-template-file "$work/packaged.yaml" >"$work/package.log" 2>&1 ||
  { cat "$work/package.log" >&2; fail "the package could not be made"; }
run aws cloudformation deploy --template-file "$work/packaged.yaml" --stack-name start-button \
  --parameter-overrides CodePipelineName=RestaurantService_pipeline --capabilities CAPABILITY_IAM \
  --no-fail-on-empty-changeset
run aws cloudformation describe-stacks --stack-name start-button \
  --query 'Stacks[].{Stack:StackName,Status:StackStatus,Output:Outputs}'

say "4. The press"
answer=$(run python3 "$examples/api_call_sample.py" | tee /dev/stderr | tail -n 1)
execution=$(python3 -c 'import json,sys; print(json.loads(sys.argv[1].split(" ",1)[1])["executionArn"])' "$answer")
for _ in $(seq 100); do
  status=$(aws stepfunctions describe-execution --execution-arn "$execution" --query status --output text)
  [[ $status == RUNNING ]] || break
  sleep 0.1
done

# The pipeline goes on by itself, up to its approval.
for _ in $(seq 100); do
  # shellcheck disable=SC2016  # The backquotes are JMESPath's.
  waiting=$(aws codepipeline get-pipeline-state --name RestaurantService_pipeline --output text \
    --query 'stageStates[?stageName==`Production`].latestExecution.status')
  [[ $waiting == InProgress ]] && break
  sleep 0.1
done

say "5. What happened"
run aws stepfunctions get-execution-history --execution-arn "$execution" \
  --query 'events[].[id,type,stateEnteredEventDetails.name]' --output text
run aws codepipeline get-pipeline-state --name RestaurantService_pipeline \
  --query 'stageStates[].[stageName,latestExecution.status]' --output text
[[ $status == SUCCEEDED ]] || fail "the execution ended as $status: aws stepfunctions describe-execution --execution-arn $execution"

say "The press started the pipeline. It waits for its approval now."
cat <<TEXT

Where to look (export AWS_ENDPOINT_URL=$AWS_ENDPOINT_URL AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=eu-west-1,
or put build/thimble in front: build/thimble aws --port $port ...):
  the button, for a browser or a phone:  $AWS_ENDPOINT_URL/_thimble/button/start-button
  the execution:   aws stepfunctions get-execution-history --execution-arn $execution
  the pipeline:    aws codepipeline get-pipeline-state --name RestaurantService_pipeline
  all logs:        build/thimble logs --port $port
TEXT
if [[ $stop == yes ]]; then
  [[ -f $work/server.pid ]] && kill "$(cat "$work/server.pid")" && rm -f "$work/server.pid"
  say "The server is stopped."
else
  echo "  stop the server: kill \$(cat build/demo/server.pid)"
fi
