# The names are those of environments/backend.hcl.
region       = "eu-central-1"
state_bucket = "example-envctl-state"
lock_table   = "envctl-locks"
