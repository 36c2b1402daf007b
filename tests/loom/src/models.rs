//! What must hold in every order.

mod jobs;
mod leases;
mod listeners;
mod subscriptions;
mod waits;
