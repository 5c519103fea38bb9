//! What keeps a user from being deleted: groups always, and with `force_destroy` keys, passwords
//! and devices that nobody wrote down.

use crate::aws::errors::{ApiError, absent, call};
use crate::aws::iam::NOT_FOUND;
use aws_sdk_iam::Client;

/// Takes the user out of all groups.
pub async fn leave_groups(client: &Client, user: &str) -> Result<(), ApiError> {
    let pages = client.list_groups_for_user().user_name(user).into_paginator().items().send();
    let groups = absent(call("iam:ListGroupsForUser", pages.collect::<Result<Vec<_>, _>>()).await, NOT_FOUND)?;
    for group in groups.unwrap_or_default() {
        let gone = client.remove_user_from_group().user_name(user).group_name(group.group_name()).send();
        absent(call("iam:RemoveUserFromGroup", gone).await, NOT_FOUND)?;
    }
    Ok(())
}

/// Removes keys, devices, certificates, credentials and the password.
pub async fn remove_all(client: &Client, user: &str) -> Result<(), ApiError> {
    keys(client, user).await?;
    devices(client, user).await?;
    certificates(client, user).await?;
    let credentials = call("iam:ListServiceSpecificCredentials", client.list_service_specific_credentials().user_name(user).send()).await;
    let credentials = absent(credentials, NOT_FOUND)?.and_then(|c| c.service_specific_credentials).unwrap_or_default();
    for credential in credentials {
        let gone = client
            .delete_service_specific_credential()
            .user_name(user)
            .service_specific_credential_id(credential.service_specific_credential_id())
            .send();
        absent(call("iam:DeleteServiceSpecificCredential", gone).await, NOT_FOUND)?;
    }
    absent(call("iam:DeleteLoginProfile", client.delete_login_profile().user_name(user).send()).await, NOT_FOUND)?;
    Ok(())
}

async fn keys(client: &Client, user: &str) -> Result<(), ApiError> {
    let pages = client.list_access_keys().user_name(user).into_paginator().items().send();
    let keys = absent(call("iam:ListAccessKeys", pages.collect::<Result<Vec<_>, _>>()).await, NOT_FOUND)?;
    for key in keys.unwrap_or_default() {
        let gone = client.delete_access_key().user_name(user).access_key_id(key.access_key_id().unwrap_or_default()).send();
        absent(call("iam:DeleteAccessKey", gone).await, NOT_FOUND)?;
    }
    let pages = client.list_ssh_public_keys().user_name(user).into_paginator().items().send();
    let keys = absent(call("iam:ListSSHPublicKeys", pages.collect::<Result<Vec<_>, _>>()).await, NOT_FOUND)?;
    for key in keys.unwrap_or_default() {
        let gone = client.delete_ssh_public_key().user_name(user).ssh_public_key_id(key.ssh_public_key_id()).send();
        absent(call("iam:DeleteSSHPublicKey", gone).await, NOT_FOUND)?;
    }
    Ok(())
}

/// A virtual device is deleted, a bought one only taken off.
async fn devices(client: &Client, user: &str) -> Result<(), ApiError> {
    let pages = client.list_mfa_devices().user_name(user).into_paginator().items().send();
    let devices = absent(call("iam:ListMFADevices", pages.collect::<Result<Vec<_>, _>>()).await, NOT_FOUND)?;
    for device in devices.unwrap_or_default() {
        let serial = device.serial_number();
        absent(
            call("iam:DeactivateMFADevice", client.deactivate_mfa_device().user_name(user).serial_number(serial).send()).await,
            NOT_FOUND,
        )?;
        if serial.contains(":mfa/") {
            absent(call("iam:DeleteVirtualMFADevice", client.delete_virtual_mfa_device().serial_number(serial).send()).await, NOT_FOUND)?;
        }
    }
    Ok(())
}

async fn certificates(client: &Client, user: &str) -> Result<(), ApiError> {
    let pages = client.list_signing_certificates().user_name(user).into_paginator().items().send();
    let certificates = absent(call("iam:ListSigningCertificates", pages.collect::<Result<Vec<_>, _>>()).await, NOT_FOUND)?;
    for certificate in certificates.unwrap_or_default() {
        let gone = client.delete_signing_certificate().user_name(user).certificate_id(certificate.certificate_id()).send();
        absent(call("iam:DeleteSigningCertificate", gone).await, NOT_FOUND)?;
    }
    Ok(())
}
