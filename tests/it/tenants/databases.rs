//! Tenants of one application in two databases.

use std::sync::Arc;

use rolewright::{Databases, DatabasesError, core::Advice as _, sessions::TenantTransaction};

use super::module::{admin, applied, start};
use crate::acting::fixture::value;

#[tokio::test]
async fn a_tenant_is_found_in_the_database_that_serves_it() {
    let (main, large) = (applied().await, applied().await);
    main.run(&["tenant", "add", "diku", "twin", "moved"]).await.exit(0);
    large.run(&["tenant", "add", "oslo", "twin", "moved"]).await.exit(0);
    main.run(&["tenant", "disable", "moved"]).await.exit(0);
    let apps = [("main", Arc::new(start(&main).await)), ("large", Arc::new(start(&large).await))];
    let all = Databases::new(apps);
    let whose =
        async |tx: &TenantTransaction| value(tx, "SELECT current_database() || ' ' || current_user").await;
    for (id, host) in [("diku", &main), ("oslo", &large), ("moved", &large)] {
        let found = all.tenant(id).await.unwrap().transaction(whose).await.unwrap();
        assert!(found.ends_with(&format!(" {id}_{}", host.db.app())), "{found}");
    }
    let said = async |id: &str| {
        let error = all.tenant(id).await.unwrap_err();
        format!("{error}; {}", error.hint().unwrap_or_default())
    };
    let twin = all.tenant("twin").await.unwrap_err();
    assert!(
        matches!(&twin, DatabasesError::Several { databases, .. } if databases == &["large", "main"]),
        "{twin}"
    );
    assert!(said("twin").await.contains("tenant disable twin"));
    assert!(said("nobody").await.contains("there is no such tenant"));
    assert!(said("No").await.contains("upper-case"));
    large.run(&["tenant", "purge", "moved", "--yes"]).await.exit(0);
    // What one process knows of a tenant it asks again after `tenancy.fresh`, at most.
    large.run(&["tenant", "disable", "oslo"]).await.exit(0);
    let fresh =
        Databases::new([("main", Arc::new(start(&main).await)), ("large", Arc::new(start(&large).await))]);
    for (id, words) in
        [("moved", "it is disabled (database main)"), ("oslo", "it is disabled (database large)")]
    {
        let error = fresh.tenant(id).await.unwrap_err().to_string();
        assert!(error.ends_with(words), "{error}");
    }
    // Where one cannot be asked, nobody says that the tenant is not there.
    admin(&large, "ALTER TABLE rolewright.tenant RENAME TO elsewhere").await;
    let error = fresh.tenant("stranger").await.unwrap_err().to_string();
    assert!(error.contains("cannot be read") && error.ends_with("(database large)"), "{error}");
    assert!(fresh.tenant("diku").await.is_ok());
    assert!(matches!(Databases::default().tenant("diku").await, Err(DatabasesError::Nowhere)));
    for name in ["main", "large"] {
        fresh.app(name).unwrap().drain().await;
        all.app(name).unwrap().drain().await;
    }
    main.db.drop().await;
    large.db.drop().await;
}
