//! Customers and their numbers; the card that pops with an offer.

use crate::audit::{self, Audit};
use crate::db::Db;
use crate::error::StoreError;
use crate::sql::{Conn, Tx, clean, sql};
use hark_shared::ids::{CustomerId, TenantId};
use hark_shared::phone::PhoneNumber;
use hark_shared::time::Timestamp;
use hark_shared::wire::desk::CustomerCard;
use hark_shared::wire::rest::Customer;
use uuid::Uuid;

/// Which customers to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomerFilter {
    /// Part of a name or company, or the beginning of a number; empty: all.
    pub search: String,
    /// Strictly before (older than) this customer.
    pub before: Option<CustomerId>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    name: String,
    company: Option<String>,
    vip: bool,
    remark: Option<String>,
}

#[derive(sqlx::FromRow)]
struct CardRow {
    #[sqlx(flatten)]
    customer: Row,
    contacts: i64,
    last_contact: Option<i64>,
}

impl Db {
    /// The card of whoever has this number; `None` for a stranger.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn customer_card(
        &self,
        tenant: TenantId,
        number: &PhoneNumber,
    ) -> Result<Option<CustomerCard>, StoreError> {
        card(self.read().await?.conn(), tenant, number).await
    }

    /// At most `limit` customers, newest first; the last one's id begins the next page.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn customers(
        &self,
        tenant: TenantId,
        filter: &CustomerFilter,
        limit: u16,
    ) -> Result<(Vec<Customer>, Option<CustomerId>), StoreError> {
        let before = filter.before.map_or(Uuid::max(), |id| id.0);
        let begins = format!("{}%", escaped(&filter.search));
        let holds = format!("%{begins}");
        let mut tx = self.snapshot().await?;
        let rows = if filter.search.is_empty() {
            sql!(all: Row, tx,
                "SELECT id, name, company, vip, remark FROM customers WHERE tenant = $1 AND id < $2
                 ORDER BY id DESC LIMIT $3",
                tenant.0, before, i64::from(limit))?
        } else {
            sql!(all: Row, tx,
                "SELECT id, name, company, vip, remark FROM customers c
                 WHERE tenant = $1 AND id < $2
                   AND (lower(name) LIKE lower($4) ESCAPE '\\' OR lower(company) LIKE lower($4) ESCAPE '\\'
                     OR EXISTS (SELECT 1 FROM customer_numbers n
                         WHERE n.tenant = c.tenant AND n.customer = c.id AND n.number LIKE $5 ESCAPE '\\'))
                 ORDER BY id DESC LIMIT $3",
                tenant.0, before, i64::from(limit), holds, begins)?
        };
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            found.push(customer(&mut tx, tenant, row).await?);
        }
        let next = found.last().filter(|_| found.len() == usize::from(limit)).map(|last| last.id);
        Ok((found, next))
    }

    /// One customer.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn customer(&self, tenant: TenantId, id: CustomerId) -> Result<Option<Customer>, StoreError> {
        let mut tx = self.snapshot().await?;
        let row = sql!(one: Row, tx,
            "SELECT id, name, company, vip, remark FROM customers WHERE tenant = $1 AND id = $2", tenant.0, id.0)?;
        match row {
            Some(row) => customer(&mut tx, tenant, row).await.map(Some),
            None => Ok(None),
        }
    }

    /// Creates a customer.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when its id or one of its numbers is another's.
    pub async fn create_customer(&self, tenant: TenantId, new: &Customer, audit: &Audit) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sql!(
            run,
            tx,
            "INSERT INTO customers (tenant, id, name, company, vip, remark) VALUES ($1, $2, $3, $4, $5, $6)",
            tenant.0,
            new.id.0,
            clean(&new.name),
            new.company.as_deref().map(clean),
            new.vip,
            new.remark.as_deref().map(clean)
        )?;
        insert_numbers(&mut tx, tenant, new).await?;
        audit::write(&mut tx, tenant, audit).await?;
        tx.commit().await
    }

    /// Changes a customer; `false` when there is none of this id.
    ///
    /// # Errors
    /// As [`create_customer`](Self::create_customer).
    pub async fn change_customer(
        &self,
        tenant: TenantId,
        changed: &Customer,
        audit: &Audit,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let found = sql!(
            run,
            tx,
            "UPDATE customers SET name = $3, company = $4, vip = $5, remark = $6 WHERE tenant = $1 AND id = $2",
            tenant.0,
            changed.id.0,
            clean(&changed.name),
            changed.company.as_deref().map(clean),
            changed.vip,
            changed.remark.as_deref().map(clean)
        )? > 0;
        if !found {
            return Ok(false);
        }
        sql!(run, tx, "DELETE FROM customer_numbers WHERE tenant = $1 AND customer = $2", tenant.0, changed.id.0)?;
        insert_numbers(&mut tx, tenant, changed).await?;
        audit::write(&mut tx, tenant, audit).await?;
        tx.commit().await?;
        Ok(true)
    }
}

async fn insert_numbers(tx: &mut Tx, tenant: TenantId, customer: &Customer) -> Result<(), StoreError> {
    for number in &customer.numbers {
        sql!(
            run,
            tx,
            "INSERT INTO customer_numbers (tenant, number, customer) VALUES ($1, $2, $3)",
            tenant.0,
            number.as_str(),
            customer.id.0
        )?;
    }
    Ok(())
}

async fn customer(tx: &mut Tx, tenant: TenantId, row: Row) -> Result<Customer, StoreError> {
    let numbers = sql!(
        all: (String,),
        tx,
        "SELECT number FROM customer_numbers WHERE tenant = $1 AND customer = $2 ORDER BY number",
        tenant.0,
        row.id
    )?;
    let numbers = numbers.iter().map(|(number,)| PhoneNumber::parse(number)).collect::<Result<_, _>>();
    Ok(Customer {
        id: CustomerId(row.id),
        name: row.name,
        company: row.company,
        vip: row.vip,
        remark: row.remark,
        numbers: numbers.map_err(|why| StoreError::unreadable("customer_numbers.number", why))?,
    })
}

/// One statement, so that it is of one moment without a transaction: a card is looked up for every call.
pub(crate) async fn card(
    mut on: Conn<'_>,
    tenant: TenantId,
    number: &PhoneNumber,
) -> Result<Option<CustomerCard>, StoreError> {
    // Not a join with the contacts: SQLite would walk through all of the tenant's and look each one's number up.
    let row = sql!(one: CardRow, on,
        "SELECT c.id, c.name, c.company, c.vip, c.remark,
             (SELECT COUNT(*) FROM contacts WHERE tenant = $1 AND number IN
                 (SELECT number FROM customer_numbers WHERE tenant = $1 AND customer = c.id)) AS contacts,
             (SELECT MAX(ended) FROM contacts WHERE tenant = $1 AND number IN
                 (SELECT number FROM customer_numbers WHERE tenant = $1 AND customer = c.id)) AS last_contact
         FROM customer_numbers n
         JOIN customers c ON c.tenant = n.tenant AND c.id = n.customer
         WHERE n.tenant = $1 AND n.number = $2",
        tenant.0, number.as_str())?;
    Ok(row.map(|CardRow { customer, contacts, last_contact }| CustomerCard {
        customer: CustomerId(customer.id),
        name: customer.name,
        company: customer.company,
        vip: customer.vip,
        remark: customer.remark,
        contacts: u32::try_from(contacts).unwrap_or(u32::MAX),
        last_contact: last_contact.map(Timestamp),
    }))
}

/// Text that stands for itself in a `LIKE` pattern with `\` as its escape.
fn escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in clean(text).chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}
