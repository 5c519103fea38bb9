# Where the states of all environments lie. Change the names, then run `envctl bootstrap`.
bucket         = "example-envctl-state"
region         = "eu-central-1"
dynamodb_table = "envctl-locks"
encrypt        = true
