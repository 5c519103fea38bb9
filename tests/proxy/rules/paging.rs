//! Describe calls page when asked with MaxResults, and whenever they like; a wrong NextToken is refused.
//! moto answers everything at once and 500 to the last. The setting `page_size` pages unasked.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html#api-pagination>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::Context;
use crate::proxy::xml::Node;
use async_trait::async_trait;

/// Cuts answers into pages. It has to be the last rule.
pub struct Paging;

const PAGED: &[(&str, &str)] = &[
    ("DescribeInstances", "reservationSet"),
    ("DescribeVpcs", "vpcSet"),
    ("DescribeSubnets", "subnetSet"),
    ("DescribeRouteTables", "routeTableSet"),
    ("DescribeInternetGateways", "internetGatewaySet"),
    ("DescribeNetworkAcls", "networkAclSet"),
    ("DescribeSecurityGroups", "securityGroupInfo"),
    ("DescribeSecurityGroupRules", "securityGroupRuleSet"),
    ("DescribeDhcpOptions", "dhcpOptionsSet"),
    ("DescribeVolumes", "volumeSet"),
    ("DescribeNetworkInterfaces", "networkInterfaceSet"),
    ("DescribeImages", "imagesSet"),
    ("DescribeTags", "tagSet"),
    ("DescribeInstanceTypes", "instanceTypeSet"),
];

fn set_of(call: &Call) -> Option<&'static str> {
    PAGED.iter().find(|(operation, _)| call.is("ec2", &[operation])).map(|(_, set)| *set)
}

#[async_trait]
impl Rule for Paging {
    fn name(&self) -> &'static str {
        "paging"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html#api-pagination"
    }

    fn applies(&self, call: &Call) -> bool {
        set_of(call).is_some()
    }

    async fn before(&self, call: &mut Call, _context: &Context) -> Option<Answer> {
        let token = call.get("NextToken")?.to_owned();
        if token.strip_prefix("page-").and_then(|at| at.parse::<usize>().ok()).is_none() {
            return Some(Answer::refuse(call, "InvalidNextToken", "The token is not valid"));
        }
        let form = call.form.iter().filter(|(name, _)| name != "NextToken").cloned().collect();
        call.set_form(form);
        call.notes.insert("page", vec![token]);
        None
    }

    async fn after(&self, call: &Call, answer: Answer, context: &Context) -> Answer {
        let asked = call.get("MaxResults").and_then(|size| size.parse().ok());
        let size = asked.unwrap_or(context.settings().page_size);
        let token = call.notes.get("page").and_then(|page| page.first());
        let at: usize = token.and_then(|token| token.strip_prefix("page-")?.parse().ok()).unwrap_or(0);
        let Some(set) = set_of(call).filter(|_| size > 0 || at > 0) else {
            return answer;
        };
        answer.edit(|tree| {
            let all = std::mem::take(tree.items_mut(set));
            let size = if size == 0 { all.len() } else { size };
            let more = all.len() > at + size;
            *tree.items_mut(set) = all.into_iter().skip(at).take(size).collect();
            tree.remove("nextToken");
            if more {
                tree.children.push(Node::leaf("nextToken", &format!("page-{}", at + size)));
            }
        })
    }
}
