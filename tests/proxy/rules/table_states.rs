//! A table is CREATING for a while, and items cannot be used meanwhile; its class is answered, and encryption can be
//! switched by UpdateTable. moto's tables are ACTIVE at once and forget class and switch. The delay is that of databases.
//!
//! <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::{Context, Memory};
use async_trait::async_trait;
use serde_json::{Map, Value, json};

/// Shows the state on the way, remembers class and encryption.
#[derive(Default)]
pub struct TableStates {
    set: Memory<Map<String, Value>>,
}

const ITEMS: &[&str] = &["PutItem", "GetItem", "UpdateItem", "DeleteItem", "Query", "Scan"];

fn request(call: &Call) -> Value {
    serde_json::from_slice(&call.body).unwrap_or_default()
}

fn table(call: &Call) -> Option<String> {
    request(call).get("TableName")?.as_str().map(str::to_owned)
}

fn key(table: &str) -> String {
    format!("table/{table}")
}

impl TableStates {
    fn remember(&self, call: &Call, table: &str) {
        let request = request(call);
        self.set.change(&call.region, table, |held| {
            if let Some(class) = request.get("TableClass") {
                held.insert("TableClassSummary".to_owned(), json!({"TableClass": class}));
            }
            let switch = request.get("SSESpecification").filter(|_| call.operation == "UpdateTable");
            if let Some(encryption) = switch {
                let arn = format!("arn:aws:kms:{}:123456789012:key/00000000-0000-4000-8000-000000000002", call.region);
                let arn = encryption.get("KMSMasterKeyId").cloned().unwrap_or(arn.into());
                let on = encryption.get("Enabled") == Some(&Value::Bool(true));
                let described = json!({"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": arn});
                held.insert("SSEDescription".to_owned(), if on { described } else { Value::Null });
            }
        });
    }
}

#[async_trait]
impl Rule for TableStates {
    fn name(&self) -> &'static str {
        "table-states"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.service == "dynamodb"
    }

    async fn before(&self, call: &mut Call, context: &Context) -> Option<Answer> {
        if !ITEMS.contains(&call.operation.as_str()) {
            return None;
        }
        let table = table(call)?;
        let creating = context.databases().peek(&call.region, &key(&table)).is_some();
        creating.then(|| Answer::refuse(call, "ResourceNotFoundException", "Requested resource not found"))
    }

    async fn after(&self, call: &Call, answer: Answer, context: &Context) -> Answer {
        let member = if call.operation == "DescribeTable" { "Table" } else { "TableDescription" };
        let (Some(name), true) = (table(call), answer.status.is_success()) else {
            return answer;
        };
        let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) else {
            return answer;
        };
        let settings = context.settings();
        match call.operation.as_str() {
            "CreateTable" => {
                context.databases().hold(&call.region, &key(&name), "CREATING", settings.database_describes, settings.database_ms);
                self.set.forget(&call.region, &name);
                self.remember(call, &name);
            }
            "UpdateTable" => self.remember(call, &name),
            "DescribeTable" => {}
            _ => return answer,
        }
        let state = match call.operation.as_str() {
            "DescribeTable" => context.databases().show(&call.region, &key(&name)),
            _ => context.databases().peek(&call.region, &key(&name)).map(str::to_owned),
        };
        if let Some(description) = body.get_mut(member).and_then(Value::as_object_mut) {
            description.extend(self.set.get(&call.region, &name));
            if let Some(state) = state {
                description.insert("TableStatus".to_owned(), state.into());
            }
        }
        let mut answer = Answer { body: body.to_string().into(), ..answer };
        // The checksum was that of moto's answer.
        answer.headers.remove("x-amz-crc32");
        answer
    }
}
