//! Managed types, one file each; `vpc` is the model.

pub mod acl_entries;
pub mod default_network_acl;
pub mod default_route_table;
pub mod default_security_group;
pub mod eip;
pub mod eip_association;
pub mod iam_instance_profile;
pub mod iam_policy;
pub mod iam_policy_attachments;
pub mod iam_role;
pub mod iam_role_policy;
pub mod internet_gateway;
pub mod key_pair;
pub mod network_acl;
pub mod network_acl_association;
pub mod network_acl_rule;
pub mod route;
pub mod route_table;
pub mod route_table_association;
pub mod routes;
pub mod security_group;
pub mod subnet;
pub mod vpc;
pub mod vpc_dhcp_options;
pub mod vpc_dhcp_options_association;
pub mod vpc_ipv4_cidr_block_association;
