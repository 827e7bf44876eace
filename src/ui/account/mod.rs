//! For everybody: signing in and out, one's own account, and the set-up of a new house.

mod account_page;
mod calls;
mod credentials;
mod set_up_page;
mod sign_in_page;

pub use account_page::AccountPage;
pub use credentials::Credentials;
pub use set_up_page::SetUpPage;
pub use sign_in_page::SignInPage;

/// Where a plain form posts to sign out.
pub(crate) fn sign_out_url() -> &'static str {
    <calls::SignOut as leptos::server_fn::ServerFn>::url()
}
