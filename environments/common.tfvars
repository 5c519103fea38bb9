# Settings that every environment shares. The bucket is the one of backend.hcl.
region       = "eu-central-1"
state_bucket = "example-envctl-state"
project      = "dashboard"
