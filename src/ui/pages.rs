//! The pages of the portal, whose code the browser loads when somebody opens one of them.
//!
//! Each page is a part of the browser half that `tools/bindgen` cuts out at the function marked
//! here; the server has all of them at hand. Never says which address shows which page: the route
//! table does.

use std::future::pending;

use leptos::prelude::*;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use leptos_router::ChooseView;
use leptos_router::hooks::use_location;

use super::account::{AccountPage, SetUpPage, SignInPage};
use super::admin::{PeoplePage, UpkeepPage};
use super::decisions::{DecisionPage, DecisionsPage};
use super::insight::DashboardPage;
use super::models::{DeployPage, ProcessPage, ProcessesPage, StartPage};
use super::monitor::{BatchPage, IncidentsPage, InstancePage, InstancesPage};
use super::tasks::{NoTaskChosen, TaskPage, TasksPage};

/// Declares each page, the part it is in, and the function that loads this part.
macro_rules! pages {
    ($($(#[$doc:meta])+ $page:ident: $part:ident, $load:ident, $view:ident;)+) => {
        /// A page, to be given to a route.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Page {
            $($(#[$doc])+ $page,)+
        }

        $(
            #[wasm_split($part, wasm_split_path = ::leptos::wasm_split, fallible, preload($load))]
            fn $part() -> Result<AnyView, SplitLoaderError> {
                Ok(view! { <$view/> }.into_any())
            }
        )+

        impl Page {
            /// The name of its part.
            const fn part(self) -> &'static str {
                match self {
                    $(Self::$page => stringify!($part),)+
                }
            }

            /// Loads its part; on the server there is nothing to load.
            async fn load(self) -> Result<(), SplitLoaderError> {
                match self {
                    $(Self::$page => $load().await,)+
                }
            }

            async fn view(self) -> Result<AnyView, SplitLoaderError> {
                match self {
                    $(Self::$page => $part().await,)+
                }
            }
        }
    };
}

pages! {
    /// The way in.
    SignIn: sign_in, load_sign_in, SignInPage;
    /// The first steps in a new house.
    SetUp: set_up, load_set_up, SetUpPage;
    /// The list of one's work.
    Tasks: tasks, load_tasks, TasksPage;
    /// Beside that list, while no task is open.
    NoTask: no_task, load_no_task, NoTaskChosen;
    /// One task, beside that list.
    Task: task, load_task, TaskPage;
    /// The list of processes.
    Processes: processes, load_processes, ProcessesPage;
    /// One process.
    Process: process, load_process, ProcessPage;
    /// The form that starts a process.
    Start: start, load_start, StartPage;
    /// The list of decisions.
    Decisions: decisions, load_decisions, DecisionsPage;
    /// One decision.
    Decision: decision, load_decision, DecisionPage;
    /// Where models are deployed.
    Deploy: deploy, load_deploy, DeployPage;
    /// The list of instances.
    Instances: instances, load_instances, InstancesPage;
    /// One instance.
    Instance: instance, load_instance, InstancePage;
    /// Everything that is stopped.
    Incidents: incidents, load_incidents, IncidentsPage;
    /// A retry of many.
    Batch: batch, load_batch, BatchPage;
    /// How the processes are doing.
    Dashboard: dashboard, load_dashboard, DashboardPage;
    /// Who is in the house.
    People: people, load_people, PeoplePage;
    /// What those who run the server look at.
    Upkeep: upkeep, load_upkeep, UpkeepPage;
    /// One's own account.
    Account: account, load_account, AccountPage;
}

impl Page {
    /// The pages that are shown at an address, from the outermost to the innermost.
    fn at(path: &str) -> &'static [Self] {
        let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
        match names.as_slice() {
            ["sign-in"] => &[Self::SignIn],
            ["set-up", _] => &[Self::SetUp],
            ["tasks"] => &[Self::Tasks, Self::NoTask],
            ["tasks", _] => &[Self::Tasks, Self::Task],
            ["processes"] => &[Self::Processes],
            ["processes", _] => &[Self::Process],
            ["processes", _, "start"] => &[Self::Start],
            ["decisions"] => &[Self::Decisions],
            ["decisions", _] => &[Self::Decision],
            ["deploy"] => &[Self::Deploy],
            ["instances"] => &[Self::Instances],
            ["instances", _] => &[Self::Instance],
            ["incidents"] => &[Self::Incidents],
            ["batches", _] => &[Self::Batch],
            ["dashboard"] => &[Self::Dashboard],
            ["people"] => &[Self::People],
            ["upkeep"] => &[Self::Upkeep],
            ["account"] => &[Self::Account],
            _ => &[],
        }
    }

    /// Loads all that the address shows which the browser is at.
    ///
    /// # Errors
    /// A part could not be loaded.
    pub async fn load_shown() -> Result<(), SplitLoaderError> {
        let path = window().location().pathname().unwrap_or_default();
        for page in Self::at(&path) {
            page.load().await?;
        }
        Ok(())
    }
}

impl ChooseView for Page {
    async fn choose(self) -> AnyView {
        // On the server: the browser is told early what it will have to load.
        leptos::prefetch_lazy_fn_on_server(self.part());
        // What cannot be loaded has been noticed by `preload`, and the page is being left.
        self.view().await.unwrap_or_else(|_| ().into_any())
    }

    async fn preload(&self) {
        let location = use_location();
        if self.load().await.is_err() {
            // The part belongs to a server that has been renewed, or the connection is gone: the
            // browser goes there by itself, and gets or says what is to be had.
            let mut target = location.pathname.get_untracked();
            location.search.with_untracked(|search| {
                if !search.is_empty() {
                    target.push('?');
                    target.push_str(search);
                }
            });
            let _ = window().location().set_href(&target);
            pending::<()>().await;
        }
    }
}
