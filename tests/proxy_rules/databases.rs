//! Rules about RDS.

use super::World;
use crate::proxy::xml::Node;
use serde_json::json;

const TWO_ZONES: &[&str] = &["a", "b"];

impl World {
    fn subnets(&self, zones: &[&str]) -> Vec<String> {
        let vpc = self.vpc();
        let all = self.aws.ec2("DescribeAvailabilityZones", &[]);
        let all: Vec<_> = all.items("availabilityZoneInfo").iter().map(|zone| zone.text_at("zoneName").to_owned()).collect();
        let subnet = |(n, zone): (usize, &&str)| {
            let zone = &all[usize::from(*zone == "b")];
            let params = [("VpcId", vpc.as_str()), ("CidrBlock", &format!("10.0.{n}.0/24")), ("AvailabilityZone", zone)];
            self.make("CreateSubnet", &params, "subnet/subnetId")
        };
        zones.iter().enumerate().map(subnet).collect()
    }

    fn subnet_group(&self, action: &str, name: &str, subnets: &[String], more: &[(&str, &str)]) -> Result<Node, String> {
        let names: Vec<String> = (1..=subnets.len()).map(|n| format!("SubnetIds.SubnetIdentifier.{n}")).collect();
        let mut params = vec![("DBSubnetGroupName", name)];
        params.extend(names.iter().map(String::as_str).zip(subnets.iter().map(String::as_str)));
        params.extend(more);
        self.aws.try_call("rds", action, &params).map_err(|refused| refused.code)
    }

    fn database(&self, name: &str, more: &[(&str, &str)]) -> Result<Node, String> {
        let mut params = vec![
            ("DBInstanceIdentifier", name),
            ("Engine", "postgres"),
            ("EngineVersion", "16.3"),
            ("DBInstanceClass", "db.t3.micro"),
            ("AllocatedStorage", "20"),
            ("MasterUsername", "app"),
            ("MasterUserPassword", "not-a-secret"),
        ];
        params.extend(more);
        self.aws.try_call("rds", "CreateDBInstance", &params).map_err(|refused| refused.code)
    }

    fn databases(&self, params: &[(&str, &str)]) -> Result<Vec<Node>, String> {
        let tree = self.aws.try_call("rds", "DescribeDBInstances", params).map_err(|refused| refused.code)?;
        Ok(tree.items("DescribeDBInstancesResult/DBInstances").to_vec())
    }

    fn one_database(&self, name: &str) -> Result<Node, String> {
        self.databases(&[("DBInstanceIdentifier", name)]).map(|all| all[0].clone())
    }

    fn status(&self, name: &str) -> String {
        self.one_database(name).map_or_else(|code| code, |database| database.text_at("DBInstanceStatus").to_owned())
    }

    fn modify(&self, name: &str, more: &[(&str, &str)]) -> Result<Node, String> {
        let mut params = vec![("DBInstanceIdentifier", name)];
        params.extend(more);
        self.aws.try_call("rds", "ModifyDBInstance", &params).map_err(|refused| refused.code)
    }

    fn drop_database(&self, name: &str) -> Result<Node, String> {
        let params = [("DBInstanceIdentifier", name), ("SkipFinalSnapshot", "true")];
        self.aws.try_call("rds", "DeleteDBInstance", &params).map_err(|refused| refused.code)
    }
}

#[test]
fn a_database_passes_through_its_states() {
    let world = World::new();
    let made = world.database("db", &[]).unwrap();
    assert_eq!(made.text_at("CreateDBInstanceResult/DBInstance/DBInstanceStatus"), "creating");
    assert_eq!(world.modify("db", &[("ApplyImmediately", "true")]).unwrap_err(), "InvalidDBInstanceState");
    let first = world.one_database("db").unwrap();
    assert_eq!((first.text_at("DBInstanceStatus"), first.child("Endpoint")), ("creating", None));
    assert_eq!(world.status("db"), "available");
    assert!(world.one_database("db").unwrap().child("Endpoint").is_some());
    world.modify("db", &[("ApplyImmediately", "true"), ("AllocatedStorage", "30")]).unwrap();
    assert_eq!((world.status("db"), world.status("db")), ("modifying".into(), "available".into()));
    world.drop_database("db").unwrap();
    assert_eq!(world.drop_database("db").unwrap_err(), "InvalidDBInstanceState");
    assert_eq!(world.database("db", &[]).unwrap_err(), "DBInstanceAlreadyExists");
    assert_eq!((world.status("db"), world.status("db")), ("deleting".into(), "DBInstanceNotFound".into()));
    world.disable("database-states");
    world.database("db", &[]).unwrap();
    assert_eq!(world.status("db"), "available");
    world.drop_database("db").unwrap();
    assert_eq!(world.status("db"), "DBInstanceNotFound");
}

#[test]
fn a_snapshot_takes_its_time() {
    let world = World::new();
    world.database("snap-db", &[]).unwrap();
    let call = |action: &str, more: &[(&str, &str)]| {
        let params: Vec<_> = [("DBSnapshotIdentifier", "s1")].iter().chain(more).copied().collect();
        world.aws.try_call("rds", action, &params).map_err(|refused| refused.code)
    };
    let of_db = [("DBInstanceIdentifier", "snap-db")];
    let state = || call("DescribeDBSnapshots", &[]).unwrap().text_at("DescribeDBSnapshotsResult/DBSnapshots/DBSnapshot/Status").to_owned();
    assert_eq!(call("CreateDBSnapshot", &of_db).unwrap_err(), "InvalidDBInstanceState");
    assert_eq!((world.status("snap-db"), world.status("snap-db")), ("creating".into(), "available".into()));
    call("CreateDBSnapshot", &of_db).unwrap();
    assert_eq!(call("DeleteDBSnapshot", &[]).unwrap_err(), "InvalidDBSnapshotState");
    assert_eq!(call("RestoreDBInstanceFromDBSnapshot", &[("DBInstanceIdentifier", "new")]).unwrap_err(), "InvalidDBSnapshotState");
    assert_eq!((state(), state()), ("creating".into(), "available".into()));
    call("DeleteDBSnapshot", &[]).unwrap();
    world.disable("snapshot-states");
    call("CreateDBSnapshot", &of_db).unwrap();
    assert_eq!(state(), "available");
}

#[test]
fn a_restored_database_has_what_the_restore_says() {
    let world = World::quick();
    let tags = [
        ("DeletionProtection", "true"),
        ("PreferredMaintenanceWindow", "sun:05:00-sun:06:00"),
        ("Tags.Tag.1.Key", "a"),
        ("Tags.Tag.1.Value", "b"),
    ];
    world.database("rest-db", &tags).unwrap();
    world.aws.call("rds", "CreateDBSnapshot", &[("DBSnapshotIdentifier", "s2"), ("DBInstanceIdentifier", "rest-db")]);
    let restore = |name: &str, more: &[(&str, &str)]| {
        let params: Vec<_> = [("DBSnapshotIdentifier", "s2"), ("DBInstanceIdentifier", name)].iter().chain(more).copied().collect();
        world.aws.call("rds", "RestoreDBInstanceFromDBSnapshot", &params);
        world.one_database(name).unwrap()
    };
    let bare = restore("rest-bare", &[]);
    assert_eq!(bare.text_at("DeletionProtection"), "false");
    assert_eq!((bare.text_at("PreferredMaintenanceWindow"), bare.items("TagList").len()), ("wed:06:38-wed:07:08", 0));
    assert_eq!(restore("rest-said", &[("DeletionProtection", "true")]).text_at("DeletionProtection"), "true");
    world.disable("database-restore");
    assert_eq!(restore("rest-moto", &[]).text_at("DeletionProtection"), "true");
}

#[test]
fn a_renamed_database_is_the_same_one() {
    let world = World::quick();
    let id = |name: &str| world.one_database(name).unwrap().text_at("DbiResourceId").to_owned();
    world.database("ren-one", &[]).unwrap();
    world.database("ren-two", &[]).unwrap();
    let (one, two) = (id("ren-one"), id("ren-two"));
    let rename = |from: &str, to: &str| world.modify(from, &[("NewDBInstanceIdentifier", to), ("ApplyImmediately", "true")]);
    assert_eq!(rename("ren-one", "ren-two").unwrap_err(), "DBInstanceAlreadyExists");
    rename("ren-one", "ren-three").unwrap();
    rename("ren-two", "ren-one").unwrap();
    assert_eq!((id("ren-three"), id("ren-one"), world.status("ren-two")), (one, two, "DBInstanceNotFound".into()));
    world.disable("database-rename");
    assert!(rename("ren-one", "ren-three").is_ok());
}

#[test]
fn an_automated_backup_says_from_when() {
    let world = World::quick();
    world.database("auto-db", &[]).unwrap();
    let from = || {
        let tree = world.aws.call("rds", "DescribeDBInstanceAutomatedBackups", &[("DBInstanceIdentifier", "auto-db")]);
        let backups = tree.items("DBInstanceAutomatedBackups").to_vec();
        backups[0].text_at("RestoreWindow/EarliestTime").to_owned()
    };
    assert!(!from().is_empty());
    world.disable("restore-window");
    assert!(from().is_empty());
}

#[test]
fn a_database_being_deleted_is_in_the_list_too() {
    let world = World::new();
    world.database("db", &[]).unwrap();
    world.status("db");
    world.drop_database("db").unwrap();
    let states = |all: Vec<Node>| all.iter().map(|one| one.text_at("DBInstanceStatus").to_owned()).collect::<Vec<_>>();
    assert_eq!(states(world.databases(&[]).unwrap()), ["deleting"]);
    assert!(world.databases(&[]).unwrap().is_empty());
}

#[test]
fn a_subnet_group_is_modified_and_stays() {
    let world = World::quick();
    let subnets = world.subnets(TWO_ZONES);
    let tags = [("DBSubnetGroupDescription", "one"), ("Tags.Tag.1.Key", "Name"), ("Tags.Tag.1.Value", "main")];
    world.subnet_group("CreateDBSubnetGroup", "group-m", &subnets, &tags).unwrap();
    let again = world.subnet_group("CreateDBSubnetGroup", "group-m", &subnets, &tags);
    assert_eq!(again.unwrap_err(), "DBSubnetGroupAlreadyExists");
    let more = world.subnets(&["a", "b", "a"]);
    let modified = world.subnet_group("ModifyDBSubnetGroup", "group-m", &more, &[("DBSubnetGroupDescription", "two")]).unwrap();
    assert_eq!(modified.text_at("ModifyDBSubnetGroupResult/DBSubnetGroup/DBSubnetGroupDescription"), "two");
    let read = || world.aws.try_call("rds", "DescribeDBSubnetGroups", &[("DBSubnetGroupName", "group-m")]);
    let group = read().unwrap();
    let group = group.at("DescribeDBSubnetGroupsResult/DBSubnetGroups/DBSubnetGroup").unwrap();
    assert_eq!(group.items("Subnets").len(), 3);
    let tags = world.aws.call("rds", "ListTagsForResource", &[("ResourceName", group.text_at("DBSubnetGroupArn"))]);
    assert_eq!(tags.text_at("TagList/Tag/Value"), "main");
    let narrow = world.subnets(&["a", "a"]);
    let narrow = world.subnet_group("ModifyDBSubnetGroup", "group-m", &narrow, &[]);
    assert_eq!(narrow.unwrap_err(), "DBSubnetGroupDoesNotCoverEnoughAZs");
    world.disable("database-subnet-groups");
    world.subnet_group("ModifyDBSubnetGroup", "group-m", &more, &[("DBSubnetGroupDescription", "three")]).unwrap();
    assert_eq!(read().unwrap_err().code, "DBSubnetGroupNotFoundFault");
}

#[test]
fn a_subnet_group_and_its_subnets_stay_while_in_use() {
    let world = World::new();
    let subnets = world.subnets(TWO_ZONES);
    let text = [("DBSubnetGroupDescription", "one")];
    world.subnet_group("CreateDBSubnetGroup", "group-u", &subnets, &text).unwrap();
    world.database("db-u", &[("DBSubnetGroupName", "group-u")]).unwrap();
    let delete = || world.subnet_group("DeleteDBSubnetGroup", "group-u", &[], &[]).map(|_| ());
    assert_eq!(delete().unwrap_err(), "InvalidDBSubnetGroupStateFault");
    assert_eq!(world.refusal("DeleteSubnet", &[("SubnetId", &subnets[0])]), "DependencyViolation");
    world.drop_database("db-u").unwrap();
    assert_eq!(delete().unwrap_err(), "InvalidDBSubnetGroupStateFault", "still deleting");
    assert_eq!((world.status("db-u"), world.status("db-u")), ("deleting".into(), "DBInstanceNotFound".into()));
    delete().unwrap();
    world.subnet_group("CreateDBSubnetGroup", "group-u", &subnets, &text).unwrap();
    world.database("db-u", &[("DBSubnetGroupName", "group-u")]).unwrap();
    world.disable("database-subnet-groups");
    delete().unwrap();
}

#[test]
fn what_is_not_immediate_waits() {
    let world = World::quick();
    world.database("db-p", &[]).unwrap();
    world.modify("db-p", &[("DBInstanceClass", "db.t3.small"), ("BackupRetentionPeriod", "3")]).unwrap();
    let read = || world.one_database("db-p").unwrap();
    assert_eq!((read().text_at("DBInstanceClass"), read().text_at("BackupRetentionPeriod")), ("db.t3.micro", "3"));
    assert_eq!(read().text_at("PendingModifiedValues/DBInstanceClass"), "db.t3.small");
    world.modify("db-p", &[("AllocatedStorage", "40"), ("ApplyImmediately", "true")]).unwrap();
    assert_eq!((read().text_at("DBInstanceClass"), read().text_at("AllocatedStorage")), ("db.t3.small", "40"));
    assert_eq!(read().items("PendingModifiedValues").len(), 0);
    world.disable("database-pending");
    world.modify("db-p", &[("DBInstanceClass", "db.t3.large")]).unwrap();
    assert_eq!(read().text_at("DBInstanceClass"), "db.t3.large");
}

#[test]
fn a_deletion_says_what_becomes_of_the_data() {
    let world = World::quick();
    world.database("db-d", &[]).unwrap();
    let delete = || world.aws.try_call("rds", "DeleteDBInstance", &[("DBInstanceIdentifier", "db-d")]);
    assert_eq!(delete().unwrap_err().code, "InvalidParameterCombination");
    world.disable("database-delete");
    delete().unwrap();
}

#[test]
fn databases_have_ids_of_their_own() {
    let world = World::quick();
    world.database("db-1", &[("EnablePerformanceInsights", "true"), ("PerformanceInsightsRetentionPeriod", "7")]).unwrap();
    world.database("db-2", &[]).unwrap();
    let one = world.one_database("db-1").unwrap();
    let id = one.text_at("DbiResourceId").to_owned();
    assert_ne!(world.one_database("db-2").unwrap().text_at("DbiResourceId"), id);
    assert_eq!((one.text_at("PerformanceInsightsEnabled"), one.text_at("PerformanceInsightsRetentionPeriod")), ("true", "7"));
    assert_eq!((one.text_at("NetworkType"), one.text_at("LicenseModel")), ("IPV4", "postgresql-license"));
    let by = |filter: &str, value: &str| {
        let params = [("Filters.Filter.1.Name", filter), ("Filters.Filter.1.Values.Value.1", value)];
        world.databases(&params).unwrap().iter().map(|one| one.text_at("DBInstanceIdentifier").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(by("dbi-resource-id", &id), ["db-1"]);
    assert_eq!(by("db-instance-id", "db-2"), ["db-2"]);
    assert!(by("db-instance-id", "db-3").is_empty());
    world.proxy.set(json!({"disabled": ["database-fields"]}));
    let ids: Vec<_> = ["db-1", "db-2"].iter().map(|name| world.one_database(name).unwrap().text_at("DbiResourceId").to_owned()).collect();
    assert_eq!(ids[0], ids[1]);
}

#[test]
fn a_parameter_group_gives_its_parameters_back() {
    let world = World::quick();
    let group = ("DBParameterGroupName", "reset-me");
    let parameter = ("Parameters.Parameter.1.ParameterName", "log_statement");
    let value = [("Parameters.Parameter.1.ParameterValue", "ddl"), ("Parameters.Parameter.1.ApplyMethod", "immediate")];
    world.aws.call("rds", "CreateDBParameterGroup", &[group, ("DBParameterGroupFamily", "postgres16"), ("Description", "x")]);
    world.aws.call("rds", "ModifyDBParameterGroup", &[group, parameter, value[0], value[1]]);
    let sources = || {
        let tree = world.aws.call("rds", "DescribeDBParameters", &[group]);
        tree.items("Parameters").iter().map(|p| p.text_at("Source").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(sources(), ["user"]);
    world.aws.call("rds", "ResetDBParameterGroup", &[group, parameter, value[1]]);
    assert!(sources().is_empty());
    world.disable("database-parameters");
    assert_eq!(sources(), [""]);
}
