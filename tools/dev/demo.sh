#!/usr/bin/env bash
# Runs the example from nothing: installs, builds, serves, deploys, pushes, approves, presses, and shows what happened.
#
#   ./dev demo            leaves the server running at the end, with its data in build/demo/data
#   ./dev demo --stop     stops the server at the end
#   ./dev demo --port N   serves on port N (default 4566)
# A second run goes on with the same data: it pushes one more commit, and nothing is compiled that did not change.
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
pipeline=RestaurantService_pipeline
mkdir -p "$work"
export AWS_ENDPOINT_URL=http://localhost:$port AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test \
  AWS_DEFAULT_REGION=eu-west-1 AWS_EC2_METADATA_DISABLED=true AWS_PAGER="" AWS_CONFIG_FILE=/nonexistent \
  AWS_SHARED_CREDENTIALS_FILE=/nonexistent
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
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

# The story is told with the seconds since its beginning.
began=$(date +%s%N)
chapter() { printf '\n\033[1m[%6.1f s] %s\033[0m\n' "$(seconds_since "$began")" "$*"; }
seconds_since() { awk -v ns=$(($(date +%s%N) - $1)) 'BEGIN { printf "%.3f", ns / 1e9 }'; }
run() {
  printf '$ %s\n' "$*"
  "$@"
}

# stack_output STACK KEY
stack_output() {
  aws cloudformation describe-stacks --stack-name "$1" --output text \
    --query "Stacks[0].Outputs[?OutputKey=='$2'].OutputValue"
}
newest_execution() {
  aws codepipeline list-pipeline-executions --pipeline-name "$pipeline" --max-items 1 --output text \
    --query 'pipelineExecutionSummaries[0].pipelineExecutionId' | sed -n 1p
}
# Of the approval that waits in Prod; "None" or empty when none does.
approval_token() {
  # shellcheck disable=SC2016  # The backquotes are JMESPath's.
  aws codepipeline get-pipeline-state --name "$pipeline" --output text \
    --query 'stageStates[?stageName==`Prod`].actionStates[0].latestExecution.token'
}
# The service's address in a stage, and what it answers.
ask() {
  local url
  url=$(stack_output "RestaurantService-$1" ApiUrl)
  run curl -sS -m 20 "$url/restaurants"
  echo
}

chapter "1. The pipeline, its repository, build project and roles: one stack"
run aws cloudformation deploy --template-file "$examples/serverless-pipeline.yaml" --stack-name serverless-pipeline \
  --capabilities CAPABILITY_IAM --no-fail-on-empty-changeset

chapter "2. git push"
before=$(newest_execution)
# What earlier runs left waiting keeps Prod to itself until it is answered; the next one in line waits then.
for _ in $(seq 10); do
  token=$(approval_token)
  [[ -n $token && $token != None ]] || break
  run aws codepipeline put-approval-result --pipeline-name "$pipeline" --stage-name Prod \
    --action-name DeploymentApproval --token "$token" --result summary="A newer version comes",status=Rejected
  sleep 0.5
done
repository=$work/RestaurantService_repo
if [[ ! -d $repository/.git ]]; then
  run git clone -q "http://test:test@localhost:$port/v1/repos/RestaurantService_repo" "$repository"
  git -C "$repository" config user.name "Thimble's demo"
  git -C "$repository" config user.email demo@example.com
  git -C "$repository" symbolic-ref HEAD refs/heads/master
fi
cp -r "$examples/RestaurantService_repo/." "$repository/"
echo "Pushed by ./dev demo at $(date -u +%FT%TZ)" >"$repository/PUSHED"
git -C "$repository" add .
git -C "$repository" commit -q -m "The restaurant service"
run git -C "$repository" push -q "http://test:test@localhost:$port/v1/repos/RestaurantService_repo" master
pushed=$(date +%s%N)

chapter "3. The push has started the pipeline: Source, Build, DeployTests, Beta, Gamma"
for _ in $(seq 200); do
  execution=$(newest_execution)
  [[ -n $execution && $execution != None && $execution != "$before" ]] && break
  sleep 0.1
done
[[ $execution != "$before" ]] || fail "the push did not start the pipeline: aws events list-rules"
run "$root/build/thimble" watch --port "$port" --until-approval "$pipeline" ||
  fail "the pipeline failed: aws codepipeline get-pipeline-state --name $pipeline"
printf 'From push to the approval: %.1f s\n' "$(seconds_since "$pushed")"

chapter "4. Beta and Gamma are live"
ask Beta
ask Gamma

chapter "5. The approval"
token=$(approval_token)
approved=$(date +%s%N)
run aws codepipeline put-approval-result --pipeline-name "$pipeline" --stage-name Prod \
  --action-name DeploymentApproval --token "$token" --result summary="Beta and Gamma look well",status=Approved
run "$root/build/thimble" watch --port "$port" "$pipeline" ||
  fail "the pipeline failed: aws codepipeline get-pipeline-state --name $pipeline"
printf 'From the approval to Prod: %.1f s\n' "$(seconds_since "$approved")"

chapter "6. Prod is live"
url=$(stack_output RestaurantService-Prod ApiUrl)
run curl -sS -m 20 -X POST -d '{"name": "Pizza da Mario", "cuisine": "Italian"}' "$url/restaurants"
echo
ask Prod

chapter "7. The button"
aws s3api head-bucket --bucket artifacts 2>/dev/null || run aws s3 mb s3://artifacts
run aws cloudformation package --template-file "$button/cloudformation/start-pipeline-button.yaml" \
  --s3-bucket artifacts --output-template-file "$work/packaged.yaml" >"$work/package.log" 2>&1 ||
  { cat "$work/package.log" >&2; fail "the package could not be made"; }
run aws cloudformation deploy --template-file "$work/packaged.yaml" --stack-name start-button \
  --parameter-overrides "CodePipelineName=$pipeline" --capabilities CAPABILITY_IAM --no-fail-on-empty-changeset
run aws cloudformation describe-stacks --stack-name start-button \
  --query 'Stacks[].{Stack:StackName,Status:StackStatus,Output:Outputs}'

chapter "8. The press starts the pipeline again"
pressed=$(run python3 "$examples/api_call_sample.py" | tee /dev/stderr | tail -n 1)
execution=$(python3 -c 'import json,sys; print(json.loads(sys.argv[1].split(" ",1)[1])["executionArn"])' "$pressed")
for _ in $(seq 100); do
  status=$(aws stepfunctions describe-execution --execution-arn "$execution" --query status --output text)
  [[ $status == RUNNING ]] || break
  sleep 0.1
done
run aws stepfunctions get-execution-history --execution-arn "$execution" \
  --query 'events[].[id,type,stateEnteredEventDetails.name]' --output text
[[ $status == SUCCEEDED ]] || fail "the execution ended as $status: aws stepfunctions describe-execution --execution-arn $execution"
run "$root/build/thimble" watch --port "$port" --until-approval "$pipeline" ||
  fail "the pipeline failed: aws codepipeline get-pipeline-state --name $pipeline"

chapter "Done. The pipeline waits for its approval once more."
cat <<TEXT

Where to look (export AWS_ENDPOINT_URL=$AWS_ENDPOINT_URL AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=eu-west-1,
or put build/thimble in front: build/thimble aws --port $port ...):
  the button, for a browser or a phone:  $AWS_ENDPOINT_URL/_thimble/button/start-button
  the service:     curl $url/restaurants
  the repository:  git clone http://test:test@localhost:$port/v1/repos/RestaurantService_repo
  the pipeline:    build/thimble watch --port $port $pipeline
  the execution:   aws stepfunctions get-execution-history --execution-arn $execution
  all logs:        build/thimble logs --port $port
TEXT
if [[ $stop == yes ]]; then
  [[ -f $work/server.pid ]] && kill "$(cat "$work/server.pid")" && rm -f "$work/server.pid"
  say "The server is stopped."
else
  echo "  stop the server: kill \$(cat build/demo/server.pid)"
fi
