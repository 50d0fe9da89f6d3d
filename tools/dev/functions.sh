#!/usr/bin/env bash
# Builds the example's functions (C++) into examples/StartPipelineButton/code/*/build.
#
# `aws cloudformation package` then finds them where the template's CodeUri says. They carry their own libraries, so
# they also run on AWS's provided.al2023.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_setup
configure_and_build release functions
