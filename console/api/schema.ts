// Made by `npm run console:client` of the API's own document. Not for changing by hand.

export interface paths {
    "/admin/v1/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists accounts */
        get: operations["get_admin_v1_accounts"];
        put?: never;
        /** Creates an account */
        post: operations["post_admin_v1_accounts"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/accounts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows an account */
        get: operations["get_admin_v1_accounts_id"];
        put?: never;
        post?: never;
        /** Removes an account, unless something refers to it */
        delete: operations["delete_admin_v1_accounts_id"];
        options?: never;
        head?: never;
        /** Changes an account */
        patch: operations["patch_admin_v1_accounts_id"];
        trace?: never;
    };
    "/admin/v1/accounts/{id}/clear-error": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends an account's error, cooldowns and breaker */
        post: operations["post_admin_v1_accounts_id_clear_error"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/accounts/{id}/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes an account out */
        post: operations["post_admin_v1_accounts_id_disable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/accounts/{id}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes an account back in */
        post: operations["post_admin_v1_accounts_id_enable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/accounts/{id}/holders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows whose requests an account serves now */
        get: operations["get_admin_v1_accounts_id_holders"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/accounts/{id}/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begins a sign-in to an account */
        post: operations["post_admin_v1_accounts_id_login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/accounts/{id}/login/complete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends a sign-in to an account with the code that the page showed */
        post: operations["post_admin_v1_accounts_id_login_complete"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/accounts/{id}/mapping": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows what an account makes of models, and what they cost */
        get: operations["get_admin_v1_accounts_id_mapping"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/accounts/{id}/mapping-preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Shows what an account would make of models, were it changed */
        post: operations["post_admin_v1_accounts_id_mapping_preview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/accounts/{id}/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Renews the tokens of an account of type oauth */
        post: operations["post_admin_v1_accounts_id_refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/accounts/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Asks the upstream to count the tokens of one word through an account */
        post: operations["post_admin_v1_accounts_id_test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/accounts/mapping-preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Shows what an account that is not there yet would make of models */
        post: operations["post_admin_v1_accounts_mapping_preview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/accounts/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Tests an account as it would be added, which stores nothing of it */
        post: operations["post_admin_v1_accounts_test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/apply": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes what there is what a declarative file says, or says what that would change */
        post: operations["post_admin_v1_apply"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/audit-log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists who changed what, newest first */
        get: operations["get_admin_v1_audit_log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/audit-log/verification": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Recomputes the hash chain of the audit log */
        get: operations["get_admin_v1_audit_log_verification"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/backup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sends all that is on record as a file for sluice restore */
        post: operations["post_admin_v1_backup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists codes, newest first */
        get: operations["get_admin_v1_codes"];
        put?: never;
        /** Makes redeem codes, whose texts are shown this once */
        post: operations["post_admin_v1_codes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/codes/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a code */
        get: operations["get_admin_v1_codes_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Changes a code */
        patch: operations["patch_admin_v1_codes_id"];
        trace?: never;
    };
    "/admin/v1/codes/{id}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Revokes a redeem code */
        post: operations["post_admin_v1_codes_id_revoke"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/console-links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes a link that signs an operator in to the console, once and within ten minutes */
        post: operations["post_admin_v1_console_links"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/degraded-modes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists when something was away and a replica served without it, newest first */
        get: operations["get_admin_v1_degraded_modes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/exchanges/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Explains how a request was decided and what it cost */
        get: operations["get_admin_v1_exchanges_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists groups */
        get: operations["get_admin_v1_groups"];
        put?: never;
        /** Creates a group */
        post: operations["post_admin_v1_groups"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/groups/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a group */
        get: operations["get_admin_v1_groups_id"];
        put?: never;
        post?: never;
        /** Removes a group, unless something refers to it */
        delete: operations["delete_admin_v1_groups_id"];
        options?: never;
        head?: never;
        /** Changes a group */
        patch: operations["patch_admin_v1_groups_id"];
        trace?: never;
    };
    "/admin/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists keys */
        get: operations["get_admin_v1_keys"];
        put?: never;
        /** Creates a key, whose secret is shown this once */
        post: operations["post_admin_v1_keys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a key */
        get: operations["get_admin_v1_keys_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Changes a key */
        patch: operations["patch_admin_v1_keys_id"];
        trace?: never;
    };
    "/admin/v1/keys/{id}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Revokes a key for good */
        post: operations["post_admin_v1_keys_id_revoke"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/keys/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives a key a new secret; the old one may last for a while */
        post: operations["post_admin_v1_keys_id_rotate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/keys/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sends a message of one token as a key, which pays for it */
        post: operations["post_admin_v1_keys_id_test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/ledger-entries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists what changed balances, newest first */
        get: operations["get_admin_v1_ledger_entries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/ledger-verification": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Recomputes a part of the balances, windows and sums from the events */
        get: operations["get_admin_v1_ledger_verification"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["get_admin_v1_openapi_json"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows how all goes now */
        get: operations["get_admin_v1_overview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/pauses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists pauses, newest first */
        get: operations["get_admin_v1_pauses"];
        put?: never;
        /** Pauses a key, a session of it or an agent of that */
        post: operations["post_admin_v1_pauses"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/pauses/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a pause */
        get: operations["get_admin_v1_pauses_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/pauses/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends a pause, which stays in the list */
        post: operations["post_admin_v1_pauses_id_resume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/price-book": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Puts another price book in force, or says what that would change */
        put: operations["put_admin_v1_price_book"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/price-overrides": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists price-overrides */
        get: operations["get_admin_v1_price_overrides"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/price-overrides/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a price of your own */
        get: operations["get_admin_v1_price_overrides_id"];
        /** Sets the price of a model */
        put: operations["put_admin_v1_price_overrides_id"];
        post?: never;
        /** Removes a price of your own, unless something refers to it */
        delete: operations["delete_admin_v1_price_overrides_id"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/price-versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists which prices were in force from when, newest first */
        get: operations["get_admin_v1_price_versions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/prices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows the prices in force */
        get: operations["get_admin_v1_prices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/proxies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists proxies */
        get: operations["get_admin_v1_proxies"];
        put?: never;
        /** Creates a proxy */
        post: operations["post_admin_v1_proxies"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/proxies/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a proxy */
        get: operations["get_admin_v1_proxies_id"];
        put?: never;
        post?: never;
        /** Removes a proxy, unless something refers to it */
        delete: operations["delete_admin_v1_proxies_id"];
        options?: never;
        head?: never;
        /** Changes a proxy */
        patch: operations["patch_admin_v1_proxies_id"];
        trace?: never;
    };
    "/admin/v1/proxies/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Reaches for the upstream through a proxy */
        post: operations["post_admin_v1_proxies_id_test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/raises": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists raises, newest first */
        get: operations["get_admin_v1_raises"];
        put?: never;
        /** Creates a raise */
        post: operations["post_admin_v1_raises"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/raises/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a raise */
        get: operations["get_admin_v1_raises_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/raises/{id}/end": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends a raise before its time */
        post: operations["post_admin_v1_raises_id_end"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/rerate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Re-rates usage, up to 500 events a request */
        post: operations["post_admin_v1_rerate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/secrets/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Re-encrypts all stored secrets */
        post: operations["post_admin_v1_secrets_rotate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the settings in force; of secrets only whether they are set */
        get: operations["get_admin_v1_settings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/settings/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a setting */
        get: operations["get_admin_v1_settings_name"];
        /** Changes a setting at every replica, until it is taken back */
        put: operations["put_admin_v1_settings_name"];
        post?: never;
        /** Has the environment's value, or the default, count again */
        delete: operations["delete_admin_v1_settings_name"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/sign-ins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists sign-ins, newest first */
        get: operations["get_admin_v1_sign_ins"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/sign-ins/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a sign-in */
        get: operations["get_admin_v1_sign_ins_id"];
        put?: never;
        post?: never;
        /** Ends a sign-in for good, which stays in the list */
        delete: operations["delete_admin_v1_sign_ins_id"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/slots": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows who holds slots or waits for one now */
        get: operations["get_admin_v1_slots"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/subscriptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists subscriptions */
        get: operations["get_admin_v1_subscriptions"];
        put?: never;
        /** Creates a subscription */
        post: operations["post_admin_v1_subscriptions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/subscriptions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a subscription */
        get: operations["get_admin_v1_subscriptions_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/subscriptions/{id}/extend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Extends a subscription by days */
        post: operations["post_admin_v1_subscriptions_id_extend"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/subscriptions/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Has a suspended subscription count again */
        post: operations["post_admin_v1_subscriptions_id_resume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/subscriptions/{id}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Revokes a subscription for good */
        post: operations["post_admin_v1_subscriptions_id_revoke"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/subscriptions/{id}/suspend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Suspends a subscription, until it is resumed */
        post: operations["post_admin_v1_subscriptions_id_suspend"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/teams": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists teams */
        get: operations["get_admin_v1_teams"];
        put?: never;
        /** Creates a team */
        post: operations["post_admin_v1_teams"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/teams/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a team */
        get: operations["get_admin_v1_teams_id"];
        put?: never;
        post?: never;
        /** Removes a team, unless something refers to it */
        delete: operations["delete_admin_v1_teams_id"];
        options?: never;
        head?: never;
        /** Changes a team */
        patch: operations["patch_admin_v1_teams_id"];
        trace?: never;
    };
    "/admin/v1/teams/{id}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the members of a team, and how they stand */
        get: operations["get_admin_v1_teams_id_members"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/teams/{id}/members/{user}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Has somebody be a member of a team, as the body says */
        put: operations["put_admin_v1_teams_id_members_user"];
        post?: never;
        /** Takes somebody out of a team; their keys in it are rejected then */
        delete: operations["delete_admin_v1_teams_id_members_user"];
        options?: never;
        head?: never;
        /** Changes what is named of a member of a team */
        patch: operations["patch_admin_v1_teams_id_members_user"];
        trace?: never;
    };
    "/admin/v1/trust": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows how the last verification of the books went, their sums by day, and the journals */
        get: operations["get_admin_v1_trust"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/unpriced-models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists models that were used and had no price, those with most requests first */
        get: operations["get_admin_v1_unpriced_models"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/usage-events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists what was used, an attempt a row, newest first */
        get: operations["get_admin_v1_usage_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/usage-summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sums up what was used and what it cost */
        get: operations["get_admin_v1_usage_summary"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists users */
        get: operations["get_admin_v1_users"];
        put?: never;
        /** Creates a user */
        post: operations["post_admin_v1_users"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a user */
        get: operations["get_admin_v1_users_id"];
        put?: never;
        post?: never;
        /** Removes a user, unless something refers to it */
        delete: operations["delete_admin_v1_users_id"];
        options?: never;
        head?: never;
        /** Changes a user */
        patch: operations["patch_admin_v1_users_id"];
        trace?: never;
    };
    "/admin/v1/users/{id}/balance-adjustments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Changes a balance, once for each idempotency key */
        post: operations["post_admin_v1_users_id_balance_adjustments"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/users/{id}/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sets a user's password, which ends their sessions */
        post: operations["post_admin_v1_users_id_password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/users/{id}/redeem": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Redeems a code for a user */
        post: operations["post_admin_v1_users_id_redeem"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/users/{id}/sign-out": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends all of a user's sessions, and the sign-ins of their tools */
        post: operations["post_admin_v1_users_id_sign_out"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/users/{id}/unlink": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Forgets whom OpenID providers know a user as, and ends their sessions */
        post: operations["post_admin_v1_users_id_unlink"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/verifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists verifications of the books, newest first */
        get: operations["get_admin_v1_verifications"];
        put?: never;
        /** Begins to verify all the books (201), or tells of the verification that is running (200) */
        post: operations["post_admin_v1_verifications"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/verifications/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a verification, with what drifted */
        get: operations["get_admin_v1_verifications_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/workload-rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists workload-rules */
        get: operations["get_admin_v1_workload_rules"];
        put?: never;
        /** Creates a workload rule */
        post: operations["post_admin_v1_workload_rules"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/workload-rules/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a workload rule */
        get: operations["get_admin_v1_workload_rules_id"];
        put?: never;
        post?: never;
        /** Removes a workload rule, unless something refers to it */
        delete: operations["delete_admin_v1_workload_rules_id"];
        options?: never;
        head?: never;
        /** Changes a workload rule */
        patch: operations["patch_admin_v1_workload_rules_id"];
        trace?: never;
    };
    "/me/v1": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows who has signed in, and what is left */
        get: operations["get_me_v1"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/claude-sign-ins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the tools that the person has signed in, newest first */
        get: operations["get_me_v1_claude_sign_ins"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/claude-sign-ins/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Signs one of them out */
        delete: operations["delete_me_v1_claude_sign_ins_id"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/console-link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Signs an operator in with the code of a link */
        post: operations["post_me_v1_console_link"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/device-codes/{user_code}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows what asks to be signed in, from where */
        get: operations["get_me_v1_device_codes_user_code"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/device-codes/{user_code}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Signs it in as the person, to use a group of theirs */
        post: operations["post_me_v1_device_codes_user_code_approve"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/device-codes/{user_code}/deny": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Refuses to sign it in */
        post: operations["post_me_v1_device_codes_user_code_deny"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/exchanges/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Explains how an own request was decided and what it cost */
        get: operations["get_me_v1_exchanges_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the groups in which one, or an own service user, may have a new key */
        get: operations["get_me_v1_groups"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists own keys, or those of an own service user */
        get: operations["get_me_v1_keys"];
        put?: never;
        /** Creates an own key, whose secret is shown this once */
        post: operations["post_me_v1_keys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows an own key, without its secret */
        get: operations["get_me_v1_keys_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Changes an own key */
        patch: operations["patch_me_v1_keys_id"];
        trace?: never;
    };
    "/me/v1/keys/{id}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Revokes an own key for good */
        post: operations["post_me_v1_keys_id_revoke"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/keys/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives an own key a new secret; the old one may last for a while */
        post: operations["post_me_v1_keys_id_rotate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/keys/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sends a message of one token as an own key, which pays for it */
        post: operations["post_me_v1_keys_id_test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/ledger-entries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists what changed the own balance, newest first */
        get: operations["get_me_v1_ledger_entries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/oidc/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Signs in whom the OpenID provider sends back */
        get: operations["get_me_v1_oidc_callback"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/oidc/sign-in": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sends a browser to the OpenID provider */
        get: operations["get_me_v1_oidc_sign_in"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Changes the own password, which ends all other sessions */
        post: operations["post_me_v1_password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/pauses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists when keys of the person, or of a team that they lead, were paused, newest first */
        get: operations["get_me_v1_pauses"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/pauses/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends one of them */
        post: operations["post_me_v1_pauses_id_resume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/redeem": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Redeems a code */
        post: operations["post_me_v1_redeem"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/service-users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the service users that belong to the person */
        get: operations["get_me_v1_service_users"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows whose session it is */
        get: operations["get_me_v1_session"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists own sessions, newest first */
        get: operations["get_me_v1_sessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Ends one of the own sessions */
        delete: operations["delete_me_v1_sessions_id"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/sign-in": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tells in which ways one can sign in */
        get: operations["get_me_v1_sign_in"];
        put?: never;
        /** Signs a person in, whose session is in a cookie */
        post: operations["post_me_v1_sign_in"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/sign-out": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends the own session */
        post: operations["post_me_v1_sign_out"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/sign-out-everywhere": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends all own sessions, and the sign-ins of own tools */
        post: operations["post_me_v1_sign_out_everywhere"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/subscriptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists own subscriptions */
        get: operations["get_me_v1_subscriptions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/teams": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the teams that the person is in */
        get: operations["get_me_v1_teams"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/teams/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a team that the person is in, and their share */
        get: operations["get_me_v1_teams_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/teams/{id}/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the keys of a team that the person leads */
        get: operations["get_me_v1_teams_id_keys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/teams/{id}/keys/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Disables, enables or limits a key of a team that the person leads */
        patch: operations["patch_me_v1_teams_id_keys_key"];
        trace?: never;
    };
    "/me/v1/teams/{id}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the members of a team that the person leads, and how they stand */
        get: operations["get_me_v1_teams_id_members"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/teams/{id}/members/{user}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Has somebody be a member of a team that the person leads, as the body says */
        put: operations["put_me_v1_teams_id_members_user"];
        post?: never;
        /** Takes somebody out of a team that the person leads; their keys in it are rejected then */
        delete: operations["delete_me_v1_teams_id_members_user"];
        options?: never;
        head?: never;
        /** Changes what is named of a member of a team that the person leads */
        patch: operations["patch_me_v1_teams_id_members_user"];
        trace?: never;
    };
    "/me/v1/teams/{id}/raises": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the raises of a team that the person leads, newest first */
        get: operations["get_me_v1_teams_id_raises"];
        put?: never;
        /** Raises a limit of a member for a while; only operators raise the pool */
        post: operations["post_me_v1_teams_id_raises"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/teams/{id}/raises/{raise}/end": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends a raise of a member before its time */
        post: operations["post_me_v1_teams_id_raises_raise_end"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/teams/{id}/usage-summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sums up what was used in a team that the person leads, and what it cost */
        get: operations["get_me_v1_teams_id_usage_summary"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/usage-events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists own usage, an attempt a row, newest first */
        get: operations["get_me_v1_usage_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/v1/usage-summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sums up own usage and what it cost */
        get: operations["get_me_v1_usage_summary"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/user/balance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows what a key may still spend, in two fields */
        get: operations["get_user_balance"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sends a message to the upstream, and its response back */
        post: operations["post_v1_messages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/count_tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Has the upstream count the tokens of a message, for nothing */
        post: operations["post_v1_messages_count_tokens"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the models that a key may use, newest first */
        get: operations["get_v1_models"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a model that a key may use */
        get: operations["get_v1_models_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows what a key may still spend */
        get: operations["get_v1_usage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Error: {
            error: {
                message: string;
                type: string;
            };
            request_id: string;
            /** @enum {string} */
            type: "error";
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    get_admin_v1_accounts: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description an integer from 1 to 1000 */
                limit?: number;
                /** @description a part of the name or the owner, in upper or lower case; a text of 1 to 100 characters */
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description models other than Claude’s: only accounts that accept or map one serve it */
                            accept: string[];
                            /** @description models it may serve, by upstream name */
                            allowed_models: string[] | null;
                            /** @description `api-key` only: send the key as `x-api-key` or, with `bearer`, as `Authorization: Bearer` */
                            auth: string | null;
                            /** @description the upstream, without `/v1`; private networks only if `PRIVATE_UPSTREAMS` allows them */
                            base_url: string | null;
                            /** @description maximum number of requests in flight; 0 = no limit */
                            concurrency: number;
                            /** @description why it is cooling down, and until when: below */
                            cooldowns: {
                                kind: string;
                                probe_at: string | null;
                                reason: string;
                                scope: string | null;
                                since: string;
                                until: string;
                            }[] | null;
                            /** @description why it is in error, or why its secrets cannot be read */
                            error: (string | null) | null;
                            /** @description whose requests it serves */
                            groups: string[];
                            /** @description sign-ins only: remember each client family’s newest headers and send them for that family */
                            header_profile: boolean;
                            /** @description `api-key` only: headers for each request; only names are shown: [accounts.md](accounts.md#other-endpoints) */
                            headers: string[];
                            id: string;
                            /** @description requested: actual; an account with a mapping serves only the models it names */
                            model_mapping: {
                                [key: string]: string;
                            };
                            /** @description its name in commands and records */
                            name: string;
                            /** @description a note for operators only */
                            note: string | null;
                            /** @description sign-ins only: the user it belongs to and serves */
                            owner: string | null;
                            /** @description smaller is used first */
                            priority: number;
                            /** @description a proxy’s name, or a URL */
                            proxy: string | null;
                            /** @description whether it is used at all */
                            schedulable: boolean;
                            /** @description sign-ins only: serves everybody in its groups */
                            shared: boolean;
                            /** @description a disabled account serves nothing; `error`: its credential was rejected */
                            status: string;
                            /** @description `api-key`; `oauth`, `setup-token`: a person’s own sign-in */
                            type: string;
                            version: number;
                            /** @description use of its usage windows: below */
                            windows: {
                                name: string;
                                resets_at: string | null;
                                seen_at: string;
                                status: string | null;
                                utilization: number | null;
                            }[] | null;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_accounts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody: {
            content: {
                "application/json": {
                    /** @description models other than Claude’s: only accounts that accept or map one serve it; a list of at most 1000 names */
                    accept?: string[];
                    /** @description models it may serve, by upstream name; a list of at most 1000 names */
                    allowed_models?: string[];
                    /**
                     * @description `api-key` only: send the key as `x-api-key` or, with `bearer`, as `Authorization: Bearer`; x-api-key or bearer
                     * @enum {string}
                     */
                    auth?: "x-api-key" | "bearer";
                    /** @description the upstream, without `/v1`; private networks only if `PRIVATE_UPSTREAMS` allows them; a URL */
                    base_url?: string;
                    /** @description maximum number of requests in flight; 0 = no limit; an integer ≥ 0 (and at most 1000000) */
                    concurrency?: number;
                    /** @description what the account signs in with, by type: below; stored encrypted; a mapping */
                    credentials?: {
                        /** @description a key of printable ASCII without spaces */
                        access_token?: string;
                        /** @description a key of printable ASCII without spaces */
                        api_key?: string;
                        /** @description a time such as 2030-12-31T23:59:59Z or a day such as 2030-12-31, or seconds or milliseconds since 1970 */
                        expires_at?: string;
                        /** @description a key of printable ASCII without spaces */
                        refresh_token?: string;
                    };
                    /** @description whose requests it serves; a list of at most 1000 names */
                    groups?: string[];
                    /** @description sign-ins only: remember each client family’s newest headers and send them for that family; true or false */
                    header_profile?: boolean;
                    /** @description `api-key` only: headers for each request; only names are shown: [accounts.md](accounts.md#other-endpoints); a mapping of header names to values */
                    headers?: {
                        [key: string]: string;
                    };
                    /** @description requested: actual; an account with a mapping serves only the models it names; a mapping of at most 1000 requested to actual model names */
                    model_mapping?: {
                        [key: string]: string;
                    };
                    /** @description its name in commands and records; a name of 1 to 100 characters, without spaces around it */
                    name: string;
                    /** @description a note for operators only; a line of 1 to 500 characters */
                    note?: string;
                    /** @description sign-ins only: the user it belongs to and serves; an e-mail address */
                    owner?: string;
                    /** @description smaller is used first; an integer */
                    priority?: number;
                    /** @description a proxy’s name, or a URL; a proxy’s name, or a URL */
                    proxy?: string;
                    /** @description whether it is used at all; true or false */
                    schedulable?: boolean;
                    /** @description sign-ins only: serves everybody in its groups; true or false */
                    shared?: boolean;
                    /**
                     * @description a disabled account serves nothing; `error`: its credential was rejected; active or disabled
                     * @enum {string}
                     */
                    status?: "active" | "disabled";
                    /**
                     * @description `api-key`; `oauth`, `setup-token`: a person’s own sign-in; api-key, oauth or setup-token
                     * @enum {string}
                     */
                    type: "api-key" | "oauth" | "setup-token";
                };
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description models other than Claude’s: only accounts that accept or map one serve it */
                        accept: string[];
                        /** @description models it may serve, by upstream name */
                        allowed_models: string[] | null;
                        /** @description `api-key` only: send the key as `x-api-key` or, with `bearer`, as `Authorization: Bearer` */
                        auth: string | null;
                        /** @description the upstream, without `/v1`; private networks only if `PRIVATE_UPSTREAMS` allows them */
                        base_url: string | null;
                        /** @description maximum number of requests in flight; 0 = no limit */
                        concurrency: number;
                        /** @description why it is cooling down, and until when: below */
                        cooldowns: {
                            kind: string;
                            probe_at: string | null;
                            reason: string;
                            scope: string | null;
                            since: string;
                            until: string;
                        }[] | null;
                        /** @description why it is in error, or why its secrets cannot be read */
                        error: (string | null) | null;
                        /** @description whose requests it serves */
                        groups: string[];
                        /** @description sign-ins only: remember each client family’s newest headers and send them for that family */
                        header_profile: boolean;
                        /** @description `api-key` only: headers for each request; only names are shown: [accounts.md](accounts.md#other-endpoints) */
                        headers: string[];
                        id: string;
                        /** @description requested: actual; an account with a mapping serves only the models it names */
                        model_mapping: {
                            [key: string]: string;
                        };
                        /** @description its name in commands and records */
                        name: string;
                        /** @description a note for operators only */
                        note: string | null;
                        /** @description sign-ins only: the user it belongs to and serves */
                        owner: string | null;
                        /** @description smaller is used first */
                        priority: number;
                        /** @description a proxy’s name, or a URL */
                        proxy: string | null;
                        /** @description whether it is used at all */
                        schedulable: boolean;
                        /** @description sign-ins only: serves everybody in its groups */
                        shared: boolean;
                        /** @description a disabled account serves nothing; `error`: its credential was rejected */
                        status: string;
                        /** @description `api-key`; `oauth`, `setup-token`: a person’s own sign-in */
                        type: string;
                        version: number;
                        /** @description use of its usage windows: below */
                        windows: {
                            name: string;
                            resets_at: string | null;
                            seen_at: string;
                            status: string | null;
                            utilization: number | null;
                        }[] | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_accounts_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description models other than Claude’s: only accounts that accept or map one serve it */
                        accept: string[];
                        /** @description models it may serve, by upstream name */
                        allowed_models: string[] | null;
                        /** @description `api-key` only: send the key as `x-api-key` or, with `bearer`, as `Authorization: Bearer` */
                        auth: string | null;
                        /** @description the upstream, without `/v1`; private networks only if `PRIVATE_UPSTREAMS` allows them */
                        base_url: string | null;
                        /** @description maximum number of requests in flight; 0 = no limit */
                        concurrency: number;
                        /** @description why it is cooling down, and until when: below */
                        cooldowns: {
                            kind: string;
                            probe_at: string | null;
                            reason: string;
                            scope: string | null;
                            since: string;
                            until: string;
                        }[] | null;
                        /** @description why it is in error, or why its secrets cannot be read */
                        error: (string | null) | null;
                        /** @description whose requests it serves */
                        groups: string[];
                        /** @description sign-ins only: remember each client family’s newest headers and send them for that family */
                        header_profile: boolean;
                        /** @description `api-key` only: headers for each request; only names are shown: [accounts.md](accounts.md#other-endpoints) */
                        headers: string[];
                        id: string;
                        /** @description requested: actual; an account with a mapping serves only the models it names */
                        model_mapping: {
                            [key: string]: string;
                        };
                        /** @description its name in commands and records */
                        name: string;
                        /** @description a note for operators only */
                        note: string | null;
                        /** @description sign-ins only: the user it belongs to and serves */
                        owner: string | null;
                        /** @description smaller is used first */
                        priority: number;
                        /** @description a proxy’s name, or a URL */
                        proxy: string | null;
                        /** @description whether it is used at all */
                        schedulable: boolean;
                        /** @description sign-ins only: serves everybody in its groups */
                        shared: boolean;
                        /** @description a disabled account serves nothing; `error`: its credential was rejected */
                        status: string;
                        /** @description `api-key`; `oauth`, `setup-token`: a person’s own sign-in */
                        type: string;
                        version: number;
                        /** @description use of its usage windows: below */
                        windows: {
                            name: string;
                            resets_at: string | null;
                            seen_at: string;
                            status: string | null;
                            utilization: number | null;
                        }[] | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    delete_admin_v1_accounts_id: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    patch_admin_v1_accounts_id: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody?: {
            content: {
                "application/json": {
                    /** @description models other than Claude’s: only accounts that accept or map one serve it; a list of at most 1000 names, or null */
                    accept?: string[] | null;
                    /** @description models it may serve, by upstream name; a list of at most 1000 names, or null */
                    allowed_models?: string[] | null;
                    /** @description `api-key` only: send the key as `x-api-key` or, with `bearer`, as `Authorization: Bearer`; x-api-key or bearer, or null */
                    auth?: ("x-api-key" | "bearer") | null;
                    /** @description the upstream, without `/v1`; private networks only if `PRIVATE_UPSTREAMS` allows them; a URL, or null */
                    base_url?: string | null;
                    /** @description maximum number of requests in flight; 0 = no limit; an integer ≥ 0 (and at most 1000000), or null */
                    concurrency?: number | null;
                    /** @description what the account signs in with, by type: below; stored encrypted; a mapping */
                    credentials?: {
                        /** @description a key of printable ASCII without spaces */
                        access_token?: string;
                        /** @description a key of printable ASCII without spaces */
                        api_key?: string;
                        /** @description a time such as 2030-12-31T23:59:59Z or a day such as 2030-12-31, or seconds or milliseconds since 1970 */
                        expires_at?: string;
                        /** @description a key of printable ASCII without spaces */
                        refresh_token?: string;
                    };
                    /** @description whose requests it serves; a list of at most 1000 names, or null */
                    groups?: string[] | null;
                    /** @description sign-ins only: remember each client family’s newest headers and send them for that family; true or false, or null */
                    header_profile?: boolean | null;
                    /** @description `api-key` only: headers for each request; only names are shown: [accounts.md](accounts.md#other-endpoints); a mapping of header names to values, or null */
                    headers?: {
                        [key: string]: string;
                    } | null;
                    /** @description requested: actual; an account with a mapping serves only the models it names; a mapping of at most 1000 requested to actual model names, or null */
                    model_mapping?: {
                        [key: string]: string;
                    } | null;
                    /** @description a note for operators only; a line of 1 to 500 characters, or null */
                    note?: string | null;
                    /** @description sign-ins only: the user it belongs to and serves; an e-mail address, or null */
                    owner?: string | null;
                    /** @description smaller is used first; an integer, or null */
                    priority?: number | null;
                    /** @description a proxy’s name, or a URL; a proxy’s name, or a URL, or null */
                    proxy?: string | null;
                    /** @description whether it is used at all; true or false */
                    schedulable?: boolean;
                    /** @description sign-ins only: serves everybody in its groups; true or false, or null */
                    shared?: boolean | null;
                    /**
                     * @description a disabled account serves nothing; `error`: its credential was rejected; active or disabled
                     * @enum {string}
                     */
                    status?: "active" | "disabled";
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description models other than Claude’s: only accounts that accept or map one serve it */
                        accept: string[];
                        /** @description models it may serve, by upstream name */
                        allowed_models: string[] | null;
                        /** @description `api-key` only: send the key as `x-api-key` or, with `bearer`, as `Authorization: Bearer` */
                        auth: string | null;
                        /** @description the upstream, without `/v1`; private networks only if `PRIVATE_UPSTREAMS` allows them */
                        base_url: string | null;
                        /** @description maximum number of requests in flight; 0 = no limit */
                        concurrency: number;
                        /** @description why it is cooling down, and until when: below */
                        cooldowns: {
                            kind: string;
                            probe_at: string | null;
                            reason: string;
                            scope: string | null;
                            since: string;
                            until: string;
                        }[] | null;
                        /** @description why it is in error, or why its secrets cannot be read */
                        error: (string | null) | null;
                        /** @description whose requests it serves */
                        groups: string[];
                        /** @description sign-ins only: remember each client family’s newest headers and send them for that family */
                        header_profile: boolean;
                        /** @description `api-key` only: headers for each request; only names are shown: [accounts.md](accounts.md#other-endpoints) */
                        headers: string[];
                        id: string;
                        /** @description requested: actual; an account with a mapping serves only the models it names */
                        model_mapping: {
                            [key: string]: string;
                        };
                        /** @description its name in commands and records */
                        name: string;
                        /** @description a note for operators only */
                        note: string | null;
                        /** @description sign-ins only: the user it belongs to and serves */
                        owner: string | null;
                        /** @description smaller is used first */
                        priority: number;
                        /** @description a proxy’s name, or a URL */
                        proxy: string | null;
                        /** @description whether it is used at all */
                        schedulable: boolean;
                        /** @description sign-ins only: serves everybody in its groups */
                        shared: boolean;
                        /** @description a disabled account serves nothing; `error`: its credential was rejected */
                        status: string;
                        /** @description `api-key`; `oauth`, `setup-token`: a person’s own sign-in */
                        type: string;
                        version: number;
                        /** @description use of its usage windows: below */
                        windows: {
                            name: string;
                            resets_at: string | null;
                            seen_at: string;
                            status: string | null;
                            utilization: number | null;
                        }[] | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_accounts_id_clear_error: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description models other than Claude’s: only accounts that accept or map one serve it */
                        accept: string[];
                        /** @description models it may serve, by upstream name */
                        allowed_models: string[] | null;
                        /** @description `api-key` only: send the key as `x-api-key` or, with `bearer`, as `Authorization: Bearer` */
                        auth: string | null;
                        /** @description the upstream, without `/v1`; private networks only if `PRIVATE_UPSTREAMS` allows them */
                        base_url: string | null;
                        /** @description maximum number of requests in flight; 0 = no limit */
                        concurrency: number;
                        /** @description why it is cooling down, and until when: below */
                        cooldowns: {
                            kind: string;
                            probe_at: string | null;
                            reason: string;
                            scope: string | null;
                            since: string;
                            until: string;
                        }[] | null;
                        /** @description why it is in error, or why its secrets cannot be read */
                        error: (string | null) | null;
                        /** @description whose requests it serves */
                        groups: string[];
                        /** @description sign-ins only: remember each client family’s newest headers and send them for that family */
                        header_profile: boolean;
                        /** @description `api-key` only: headers for each request; only names are shown: [accounts.md](accounts.md#other-endpoints) */
                        headers: string[];
                        id: string;
                        /** @description requested: actual; an account with a mapping serves only the models it names */
                        model_mapping: {
                            [key: string]: string;
                        };
                        /** @description its name in commands and records */
                        name: string;
                        /** @description a note for operators only */
                        note: string | null;
                        /** @description sign-ins only: the user it belongs to and serves */
                        owner: string | null;
                        /** @description smaller is used first */
                        priority: number;
                        /** @description a proxy’s name, or a URL */
                        proxy: string | null;
                        /** @description whether it is used at all */
                        schedulable: boolean;
                        /** @description sign-ins only: serves everybody in its groups */
                        shared: boolean;
                        /** @description a disabled account serves nothing; `error`: its credential was rejected */
                        status: string;
                        /** @description `api-key`; `oauth`, `setup-token`: a person’s own sign-in */
                        type: string;
                        version: number;
                        /** @description use of its usage windows: below */
                        windows: {
                            name: string;
                            resets_at: string | null;
                            seen_at: string;
                            status: string | null;
                            utilization: number | null;
                        }[] | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_accounts_id_disable: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description models other than Claude’s: only accounts that accept or map one serve it */
                        accept: string[];
                        /** @description models it may serve, by upstream name */
                        allowed_models: string[] | null;
                        /** @description `api-key` only: send the key as `x-api-key` or, with `bearer`, as `Authorization: Bearer` */
                        auth: string | null;
                        /** @description the upstream, without `/v1`; private networks only if `PRIVATE_UPSTREAMS` allows them */
                        base_url: string | null;
                        /** @description maximum number of requests in flight; 0 = no limit */
                        concurrency: number;
                        /** @description why it is cooling down, and until when: below */
                        cooldowns: {
                            kind: string;
                            probe_at: string | null;
                            reason: string;
                            scope: string | null;
                            since: string;
                            until: string;
                        }[] | null;
                        /** @description why it is in error, or why its secrets cannot be read */
                        error: (string | null) | null;
                        /** @description whose requests it serves */
                        groups: string[];
                        /** @description sign-ins only: remember each client family’s newest headers and send them for that family */
                        header_profile: boolean;
                        /** @description `api-key` only: headers for each request; only names are shown: [accounts.md](accounts.md#other-endpoints) */
                        headers: string[];
                        id: string;
                        /** @description requested: actual; an account with a mapping serves only the models it names */
                        model_mapping: {
                            [key: string]: string;
                        };
                        /** @description its name in commands and records */
                        name: string;
                        /** @description a note for operators only */
                        note: string | null;
                        /** @description sign-ins only: the user it belongs to and serves */
                        owner: string | null;
                        /** @description smaller is used first */
                        priority: number;
                        /** @description a proxy’s name, or a URL */
                        proxy: string | null;
                        /** @description whether it is used at all */
                        schedulable: boolean;
                        /** @description sign-ins only: serves everybody in its groups */
                        shared: boolean;
                        /** @description a disabled account serves nothing; `error`: its credential was rejected */
                        status: string;
                        /** @description `api-key`; `oauth`, `setup-token`: a person’s own sign-in */
                        type: string;
                        version: number;
                        /** @description use of its usage windows: below */
                        windows: {
                            name: string;
                            resets_at: string | null;
                            seen_at: string;
                            status: string | null;
                            utilization: number | null;
                        }[] | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_accounts_id_enable: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description models other than Claude’s: only accounts that accept or map one serve it */
                        accept: string[];
                        /** @description models it may serve, by upstream name */
                        allowed_models: string[] | null;
                        /** @description `api-key` only: send the key as `x-api-key` or, with `bearer`, as `Authorization: Bearer` */
                        auth: string | null;
                        /** @description the upstream, without `/v1`; private networks only if `PRIVATE_UPSTREAMS` allows them */
                        base_url: string | null;
                        /** @description maximum number of requests in flight; 0 = no limit */
                        concurrency: number;
                        /** @description why it is cooling down, and until when: below */
                        cooldowns: {
                            kind: string;
                            probe_at: string | null;
                            reason: string;
                            scope: string | null;
                            since: string;
                            until: string;
                        }[] | null;
                        /** @description why it is in error, or why its secrets cannot be read */
                        error: (string | null) | null;
                        /** @description whose requests it serves */
                        groups: string[];
                        /** @description sign-ins only: remember each client family’s newest headers and send them for that family */
                        header_profile: boolean;
                        /** @description `api-key` only: headers for each request; only names are shown: [accounts.md](accounts.md#other-endpoints) */
                        headers: string[];
                        id: string;
                        /** @description requested: actual; an account with a mapping serves only the models it names */
                        model_mapping: {
                            [key: string]: string;
                        };
                        /** @description its name in commands and records */
                        name: string;
                        /** @description a note for operators only */
                        note: string | null;
                        /** @description sign-ins only: the user it belongs to and serves */
                        owner: string | null;
                        /** @description smaller is used first */
                        priority: number;
                        /** @description a proxy’s name, or a URL */
                        proxy: string | null;
                        /** @description whether it is used at all */
                        schedulable: boolean;
                        /** @description sign-ins only: serves everybody in its groups */
                        shared: boolean;
                        /** @description a disabled account serves nothing; `error`: its credential was rejected */
                        status: string;
                        /** @description `api-key`; `oauth`, `setup-token`: a person’s own sign-in */
                        type: string;
                        version: number;
                        /** @description use of its usage windows: below */
                        windows: {
                            name: string;
                            resets_at: string | null;
                            seen_at: string;
                            status: string | null;
                            utilization: number | null;
                        }[] | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_accounts_id_holders: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description an integer from 1 to 1000 */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            in_flight: number;
                            /** @description the start of the session's hash, as in exchanges; null: the requests say nothing of a session */
                            session: string | null;
                            /** @description when the oldest of these requests began to look for an account */
                            since: string;
                            /** @description the ID while the database is away */
                            user_email: string;
                            user_id: string;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_accounts_id_login: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        authorize_url: string;
                        state: string;
                        verifier: string;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_accounts_id_login_complete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody: {
            content: {
                "application/json": {
                    /** @description the code that the page showed */
                    code: string;
                    /** @description the state that the sign-in began with */
                    state: string;
                    /** @description the verifier that the sign-in began with */
                    verifier: string;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description models other than Claude’s: only accounts that accept or map one serve it */
                        accept: string[];
                        /** @description models it may serve, by upstream name */
                        allowed_models: string[] | null;
                        /** @description `api-key` only: send the key as `x-api-key` or, with `bearer`, as `Authorization: Bearer` */
                        auth: string | null;
                        /** @description the upstream, without `/v1`; private networks only if `PRIVATE_UPSTREAMS` allows them */
                        base_url: string | null;
                        /** @description maximum number of requests in flight; 0 = no limit */
                        concurrency: number;
                        /** @description why it is cooling down, and until when: below */
                        cooldowns: {
                            kind: string;
                            probe_at: string | null;
                            reason: string;
                            scope: string | null;
                            since: string;
                            until: string;
                        }[] | null;
                        /** @description why it is in error, or why its secrets cannot be read */
                        error: (string | null) | null;
                        /** @description whose requests it serves */
                        groups: string[];
                        /** @description sign-ins only: remember each client family’s newest headers and send them for that family */
                        header_profile: boolean;
                        /** @description `api-key` only: headers for each request; only names are shown: [accounts.md](accounts.md#other-endpoints) */
                        headers: string[];
                        id: string;
                        /** @description requested: actual; an account with a mapping serves only the models it names */
                        model_mapping: {
                            [key: string]: string;
                        };
                        /** @description its name in commands and records */
                        name: string;
                        /** @description a note for operators only */
                        note: string | null;
                        /** @description sign-ins only: the user it belongs to and serves */
                        owner: string | null;
                        /** @description smaller is used first */
                        priority: number;
                        /** @description a proxy’s name, or a URL */
                        proxy: string | null;
                        /** @description whether it is used at all */
                        schedulable: boolean;
                        /** @description sign-ins only: serves everybody in its groups */
                        shared: boolean;
                        /** @description a disabled account serves nothing; `error`: its credential was rejected */
                        status: string;
                        /** @description `api-key`; `oauth`, `setup-token`: a person’s own sign-in */
                        type: string;
                        version: number;
                        /** @description use of its usage windows: below */
                        windows: {
                            name: string;
                            resets_at: string | null;
                            seen_at: string;
                            status: string | null;
                            utilization: number | null;
                        }[] | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_accounts_id_mapping: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        models: {
                            /** @description whether it was asked for in one of these groups within 30 days */
                            asked_lately: boolean;
                            /** @description of the account, those of which this holds */
                            groups: string[];
                            /** @description whose price it is charged at, unless the upstream reports another model; null: there is no price */
                            priced_as: string | null;
                            /** @description why it is not served */
                            reason: string | null;
                            requested_model: string;
                            /** @description what the upstream is asked for; null: the account does not serve it */
                            sent_as: string | null;
                            usd_per_mtok: {
                                cache_read: string;
                                cache_write_1h: string;
                                cache_write_5m: string;
                                input: string;
                                output: string;
                            } | null;
                        }[];
                        /** @description what models without a price are charged at, in USD per million tokens */
                        unknown_model: {
                            input: string;
                            output: string;
                        };
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_accounts_id_mapping_preview: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody?: {
            content: {
                "application/json": {
                    /** @description models other than Claude’s: only accounts that accept or map one serve it; a list of at most 1000 names, or null */
                    accept?: string[] | null;
                    /** @description models it may serve, by upstream name; a list of at most 1000 names, or null */
                    allowed_models?: string[] | null;
                    /** @description whose requests it serves; a list of at most 1000 names, or null */
                    groups?: string[] | null;
                    /** @description requested: actual; an account with a mapping serves only the models it names; a mapping of at most 1000 requested to actual model names, or null */
                    model_mapping?: {
                        [key: string]: string;
                    } | null;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        models: {
                            /** @description whether it was asked for in one of these groups within 30 days */
                            asked_lately: boolean;
                            /** @description of the account, those of which this holds */
                            groups: string[];
                            /** @description whose price it is charged at, unless the upstream reports another model; null: there is no price */
                            priced_as: string | null;
                            /** @description why it is not served */
                            reason: string | null;
                            requested_model: string;
                            /** @description what the upstream is asked for; null: the account does not serve it */
                            sent_as: string | null;
                            usd_per_mtok: {
                                cache_read: string;
                                cache_write_1h: string;
                                cache_write_5m: string;
                                input: string;
                                output: string;
                            } | null;
                        }[];
                        /** @description what models without a price are charged at, in USD per million tokens */
                        unknown_model: {
                            input: string;
                            output: string;
                        };
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_accounts_id_refresh: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description models other than Claude’s: only accounts that accept or map one serve it */
                        accept: string[];
                        /** @description models it may serve, by upstream name */
                        allowed_models: string[] | null;
                        /** @description `api-key` only: send the key as `x-api-key` or, with `bearer`, as `Authorization: Bearer` */
                        auth: string | null;
                        /** @description the upstream, without `/v1`; private networks only if `PRIVATE_UPSTREAMS` allows them */
                        base_url: string | null;
                        /** @description maximum number of requests in flight; 0 = no limit */
                        concurrency: number;
                        /** @description why it is cooling down, and until when: below */
                        cooldowns: {
                            kind: string;
                            probe_at: string | null;
                            reason: string;
                            scope: string | null;
                            since: string;
                            until: string;
                        }[] | null;
                        /** @description why it is in error, or why its secrets cannot be read */
                        error: (string | null) | null;
                        /** @description whose requests it serves */
                        groups: string[];
                        /** @description sign-ins only: remember each client family’s newest headers and send them for that family */
                        header_profile: boolean;
                        /** @description `api-key` only: headers for each request; only names are shown: [accounts.md](accounts.md#other-endpoints) */
                        headers: string[];
                        id: string;
                        /** @description requested: actual; an account with a mapping serves only the models it names */
                        model_mapping: {
                            [key: string]: string;
                        };
                        /** @description its name in commands and records */
                        name: string;
                        /** @description a note for operators only */
                        note: string | null;
                        /** @description sign-ins only: the user it belongs to and serves */
                        owner: string | null;
                        /** @description smaller is used first */
                        priority: number;
                        /** @description a proxy’s name, or a URL */
                        proxy: string | null;
                        /** @description whether it is used at all */
                        schedulable: boolean;
                        /** @description sign-ins only: serves everybody in its groups */
                        shared: boolean;
                        /** @description a disabled account serves nothing; `error`: its credential was rejected */
                        status: string;
                        /** @description `api-key`; `oauth`, `setup-token`: a person’s own sign-in */
                        type: string;
                        version: number;
                        /** @description use of its usage windows: below */
                        windows: {
                            name: string;
                            resets_at: string | null;
                            seen_at: string;
                            status: string | null;
                            utilization: number | null;
                        }[] | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_accounts_id_test: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody?: {
            content: {
                "application/json": {
                    /** @description the id of a model */
                    model?: string;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        duration_ms: number;
                        model: string;
                        ok: boolean;
                        problem: string | null;
                        status: number | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_accounts_mapping_preview: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody?: {
            content: {
                "application/json": {
                    /** @description models other than Claude’s: only accounts that accept or map one serve it; a list of at most 1000 names, or null */
                    accept?: string[] | null;
                    /** @description models it may serve, by upstream name; a list of at most 1000 names, or null */
                    allowed_models?: string[] | null;
                    /** @description whose requests it serves; a list of at most 1000 names, or null */
                    groups?: string[] | null;
                    /** @description requested: actual; an account with a mapping serves only the models it names; a mapping of at most 1000 requested to actual model names, or null */
                    model_mapping?: {
                        [key: string]: string;
                    } | null;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        models: {
                            /** @description whether it was asked for in one of these groups within 30 days */
                            asked_lately: boolean;
                            /** @description of the account, those of which this holds */
                            groups: string[];
                            /** @description whose price it is charged at, unless the upstream reports another model; null: there is no price */
                            priced_as: string | null;
                            /** @description why it is not served */
                            reason: string | null;
                            requested_model: string;
                            /** @description what the upstream is asked for; null: the account does not serve it */
                            sent_as: string | null;
                            usd_per_mtok: {
                                cache_read: string;
                                cache_write_1h: string;
                                cache_write_5m: string;
                                input: string;
                                output: string;
                            } | null;
                        }[];
                        /** @description what models without a price are charged at, in USD per million tokens */
                        unknown_model: {
                            input: string;
                            output: string;
                        };
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_accounts_test: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody: {
            content: {
                "application/json": {
                    /** @description models other than Claude’s: only accounts that accept or map one serve it; a list of at most 1000 names */
                    accept?: string[];
                    /** @description models it may serve, by upstream name; a list of at most 1000 names */
                    allowed_models?: string[];
                    /**
                     * @description `api-key` only: send the key as `x-api-key` or, with `bearer`, as `Authorization: Bearer`; x-api-key or bearer
                     * @enum {string}
                     */
                    auth?: "x-api-key" | "bearer";
                    /** @description the upstream, without `/v1`; private networks only if `PRIVATE_UPSTREAMS` allows them; a URL */
                    base_url?: string;
                    /** @description maximum number of requests in flight; 0 = no limit; an integer ≥ 0 (and at most 1000000) */
                    concurrency?: number;
                    /** @description what the account signs in with, by type: below; stored encrypted; a mapping */
                    credentials?: {
                        /** @description a key of printable ASCII without spaces */
                        access_token?: string;
                        /** @description a key of printable ASCII without spaces */
                        api_key?: string;
                        /** @description a time such as 2030-12-31T23:59:59Z or a day such as 2030-12-31, or seconds or milliseconds since 1970 */
                        expires_at?: string;
                        /** @description a key of printable ASCII without spaces */
                        refresh_token?: string;
                    };
                    /** @description whose requests it serves; a list of at most 1000 names */
                    groups?: string[];
                    /** @description sign-ins only: remember each client family’s newest headers and send them for that family; true or false */
                    header_profile?: boolean;
                    /** @description `api-key` only: headers for each request; only names are shown: [accounts.md](accounts.md#other-endpoints); a mapping of header names to values */
                    headers?: {
                        [key: string]: string;
                    };
                    /** @description requested: actual; an account with a mapping serves only the models it names; a mapping of at most 1000 requested to actual model names */
                    model_mapping?: {
                        [key: string]: string;
                    };
                    /** @description its name in commands and records; a name of 1 to 100 characters, without spaces around it */
                    name: string;
                    /** @description a note for operators only; a line of 1 to 500 characters */
                    note?: string;
                    /** @description sign-ins only: the user it belongs to and serves; an e-mail address */
                    owner?: string;
                    /** @description smaller is used first; an integer */
                    priority?: number;
                    /** @description a proxy’s name, or a URL; a proxy’s name, or a URL */
                    proxy?: string;
                    /** @description whether it is used at all; true or false */
                    schedulable?: boolean;
                    /** @description sign-ins only: serves everybody in its groups; true or false */
                    shared?: boolean;
                    /**
                     * @description a disabled account serves nothing; `error`: its credential was rejected; active or disabled
                     * @enum {string}
                     */
                    status?: "active" | "disabled";
                    /**
                     * @description `api-key`; `oauth`, `setup-token`: a person’s own sign-in; api-key, oauth or setup-token
                     * @enum {string}
                     */
                    type: "api-key" | "oauth" | "setup-token";
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        duration_ms: number;
                        model: string;
                        ok: boolean;
                        problem: string | null;
                        status: number | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_apply: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody: {
            content: {
                "application/json": {
                    /** @description true or false */
                    confirm_managed_settings?: boolean;
                    /** @description true or false */
                    dry_run?: boolean;
                    /** @description a declarative file as text */
                    file: string;
                    /** @description true or false */
                    prune?: boolean;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        created_keys: {
                            email: string;
                            key: string;
                            name: string;
                        }[];
                        plan: {
                            action: string;
                            changes: {
                                field: string;
                                from: string;
                                to: string;
                            }[];
                            kind: string;
                            name: string;
                        }[];
                        warnings: string[];
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_audit_log: {
        parameters: {
            query?: {
                /** @description a text of 1 to 300 characters */
                action?: string;
                /** @description a text of 1 to 300 characters */
                actor?: string;
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description a time such as 2026-01-31T18:00:00Z or a day such as 2026-01-31, today, yesterday or a span such as 12h or 30d */
                from?: string;
                /** @description an integer from 1 to 1000 */
                limit?: number;
                /** @description a text of 1 to 300 characters */
                subject?: string;
                /** @description a time such as 2026-01-31T18:00:00Z or a day such as 2026-01-31, today, yesterday, tomorrow or a span such as 12h or 30d */
                to?: string;
                /** @description a text of 1 to 300 characters */
                user?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            action: string;
                            actor: string;
                            at: string;
                            client_address: string | null;
                            detail: unknown;
                            exchange_id: string | null;
                            hash: string | null;
                            id: string;
                            request_id: string | null;
                            seq: string | null;
                            subject: string;
                            user_agent: string | null;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_audit_log_verification: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        broken: {
                            id: string | null;
                            problem: string;
                            seq: string | null;
                        } | null;
                        entries: number;
                        head: {
                            hash: string;
                            seq: string;
                        };
                        ok: boolean;
                        old_entries: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_backup: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An archive */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/gzip": unknown;
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_codes: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description balance or subscription */
                kind?: "balance" | "subscription";
                /** @description an integer from 1 to 1000 */
                limit?: number;
                /** @description open, redeemed, revoked or expired */
                status?: "open" | "redeemed" | "revoked" | "expired";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description amount it adds to a balance */
                            amount_usd: string | null;
                            /** @description when it was created */
                            created_at: (string | null) | null;
                            /** @description how many days of a subscription */
                            days: number | null;
                            /** @description when it expires */
                            expires_at: string | null;
                            /** @description the group it subscribes to */
                            group: string | null;
                            /** @description how it begins */
                            hint: string | null;
                            id: string;
                            /** @description `balance`: adds to a balance; `subscription`: adds days */
                            kind: string;
                            /** @description a note for operators only */
                            note: string | null;
                            /** @description when it was redeemed */
                            redeemed_at: (string | null) | null;
                            /** @description who redeemed it */
                            redeemed_by: (string | null) | null;
                            /** @description when it was revoked */
                            revoked_at: (string | null) | null;
                            /** @description `open`, `redeemed`, `revoked` or `expired` */
                            status: string | null;
                            version: number;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_codes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody: {
            content: {
                "application/json": {
                    /** @description amount it adds to a balance; an amount of USD above 0 with at most 9 decimals */
                    amount_usd?: string;
                    /** @description how many to create; an integer from 1 to 1000 */
                    count?: number;
                    /** @description how many days of a subscription; an integer from 1 to 36500 */
                    days?: number;
                    /** @description when it expires; a time such as 2030-12-31T23:59:59Z or a day such as 2030-12-31, tomorrow or a span such as 90m or 30d */
                    expires_at?: string;
                    /** @description the group it subscribes to; a name of 1 to 100 characters, without spaces around it */
                    group?: string;
                    /**
                     * @description `balance`: adds to a balance; `subscription`: adds days; balance or subscription
                     * @enum {string}
                     */
                    kind: "balance" | "subscription";
                    /** @description a note for operators only; a line of 1 to 500 characters */
                    note?: string;
                };
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description amount it adds to a balance */
                            amount_usd: string | null;
                            code: string;
                            /** @description when it was created */
                            created_at: (string | null) | null;
                            /** @description how many days of a subscription */
                            days: number | null;
                            /** @description when it expires */
                            expires_at: string | null;
                            /** @description the group it subscribes to */
                            group: string | null;
                            /** @description how it begins */
                            hint: string | null;
                            id: string;
                            /** @description `balance`: adds to a balance; `subscription`: adds days */
                            kind: string;
                            /** @description a note for operators only */
                            note: string | null;
                            /** @description when it was redeemed */
                            redeemed_at: (string | null) | null;
                            /** @description who redeemed it */
                            redeemed_by: (string | null) | null;
                            /** @description when it was revoked */
                            revoked_at: (string | null) | null;
                            /** @description `open`, `redeemed`, `revoked` or `expired` */
                            status: string | null;
                            version: number;
                        }[];
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_codes_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description a number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description amount it adds to a balance */
                        amount_usd: string | null;
                        /** @description when it was created */
                        created_at: (string | null) | null;
                        /** @description how many days of a subscription */
                        days: number | null;
                        /** @description when it expires */
                        expires_at: string | null;
                        /** @description the group it subscribes to */
                        group: string | null;
                        /** @description how it begins */
                        hint: string | null;
                        id: string;
                        /** @description `balance`: adds to a balance; `subscription`: adds days */
                        kind: string;
                        /** @description a note for operators only */
                        note: string | null;
                        /** @description when it was redeemed */
                        redeemed_at: (string | null) | null;
                        /** @description who redeemed it */
                        redeemed_by: (string | null) | null;
                        /** @description when it was revoked */
                        revoked_at: (string | null) | null;
                        /** @description `open`, `redeemed`, `revoked` or `expired` */
                        status: string | null;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    patch_admin_v1_codes_id: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description a number */
                id: string;
            };
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody?: {
            content: {
                "application/json": {
                    /** @description when it expires; a time such as 2030-12-31T23:59:59Z or a day such as 2030-12-31, tomorrow or a span such as 90m or 30d, or null */
                    expires_at?: string | null;
                    /** @description a note for operators only; a line of 1 to 500 characters, or null */
                    note?: string | null;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description amount it adds to a balance */
                        amount_usd: string | null;
                        /** @description when it was created */
                        created_at: (string | null) | null;
                        /** @description how many days of a subscription */
                        days: number | null;
                        /** @description when it expires */
                        expires_at: string | null;
                        /** @description the group it subscribes to */
                        group: string | null;
                        /** @description how it begins */
                        hint: string | null;
                        id: string;
                        /** @description `balance`: adds to a balance; `subscription`: adds days */
                        kind: string;
                        /** @description a note for operators only */
                        note: string | null;
                        /** @description when it was redeemed */
                        redeemed_at: (string | null) | null;
                        /** @description who redeemed it */
                        redeemed_by: (string | null) | null;
                        /** @description when it was revoked */
                        revoked_at: (string | null) | null;
                        /** @description `open`, `redeemed`, `revoked` or `expired` */
                        status: string | null;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_codes_id_revoke: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description a number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description amount it adds to a balance */
                        amount_usd: string | null;
                        /** @description when it was created */
                        created_at: (string | null) | null;
                        /** @description how many days of a subscription */
                        days: number | null;
                        /** @description when it expires */
                        expires_at: string | null;
                        /** @description the group it subscribes to */
                        group: string | null;
                        /** @description how it begins */
                        hint: string | null;
                        id: string;
                        /** @description `balance`: adds to a balance; `subscription`: adds days */
                        kind: string;
                        /** @description a note for operators only */
                        note: string | null;
                        /** @description when it was redeemed */
                        redeemed_at: (string | null) | null;
                        /** @description who redeemed it */
                        redeemed_by: (string | null) | null;
                        /** @description when it was revoked */
                        revoked_at: (string | null) | null;
                        /** @description `open`, `redeemed`, `revoked` or `expired` */
                        status: string | null;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_console_links: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description goes behind the # of /console/enter */
                        code: string;
                        expires_at: string;
                        /** @description the whole link, where PUBLIC_URL says how it begins */
                        url: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_degraded_modes: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description a time such as 2026-01-31T18:00:00Z or a day such as 2026-01-31, today, yesterday or a span such as 12h or 30d */
                from?: string;
                /** @description an integer from 1 to 1000 */
                limit?: number;
                /** @description a time such as 2026-01-31T18:00:00Z or a day such as 2026-01-31, today, yesterday, tomorrow or a span such as 12h or 30d */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            began_at: string;
                            /** @description the process was stopped or gone while it lasted: it is known up to then */
                            cut: boolean;
                            ended_at: string;
                            id: string;
                            journal_bytes: number | null;
                            /** @description what Sluice did meanwhile */
                            meanwhile: string;
                            /** @enum {unknown} */
                            mode: "redis_away" | "postgres_away" | "back_office_stalled" | "journal_refusing" | "usage_unsettled";
                            oldest_age_ms: number | null;
                            replica: string;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_exchanges_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the id of an exchange */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        attempts: {
                            account: string;
                            attempt: number;
                            detail: string | null;
                            duration_ms: number;
                            /** @description whether usage of it is to be on record */
                            may_have_cost: boolean | null;
                            /** @enum {unknown} */
                            result: "answered" | "refused" | "broken" | "gone";
                            started_at: string;
                            status: number | null;
                            upstream_model: string;
                            upstream_request_id: string | null;
                            /** @description what its failure means */
                            verdict: string | null;
                        }[];
                        choices: {
                            affinity: ("none" | "new" | "kept" | "moved" | "spilled") | null;
                            at: string;
                            candidates: {
                                account: string;
                                in_flight: number | null;
                                limit: number;
                                priority: number;
                                used_last: boolean;
                            }[];
                            chosen: string | null;
                            left_out: number;
                            move: {
                                cache_read_tokens: number;
                                extra_cost_usd: string;
                                from: string;
                            } | null;
                            passed_over: {
                                account: string;
                                reason: string;
                            }[];
                        }[];
                        client_gone: boolean;
                        created_at: string;
                        ended_at: string;
                        error: {
                            message: string;
                            type: string;
                        } | null;
                        group: string | null;
                        id: string;
                        key_name: string | null;
                        kind: ("messages" | "count_tokens") | null;
                        /** @description entries for which there was no room */
                        left_out: number;
                        limits: {
                            at: string;
                            detail: string | null;
                            limit: string | null;
                            name: string;
                            /** @enum {unknown} */
                            outcome: "passed" | "refused";
                            used: string | null;
                        }[];
                        model: string | null;
                        pinned: boolean | null;
                        refused_early: {
                            address: string | null;
                            keys: string | null;
                            path: string | null;
                        } | null;
                        /** @description the start of the session's hash, as where it waits for a slot; where none is named, of what its requests say */
                        session: string | null;
                        status: number | null;
                        stream: boolean | null;
                        usage: {
                            account: string | null;
                            attempt: number;
                            /** @enum {unknown} */
                            basis: "final" | "partial" | "unknown";
                            cache_creation_1h_tokens: number;
                            cache_creation_5m_tokens: number;
                            cache_read_tokens: number;
                            charged_usd: string;
                            cost_usd: string;
                            created_at: string;
                            duration_ms: number;
                            exchange_id: string;
                            first_byte_ms: number | null;
                            /** @description null where the prices of that time are not on record */
                            formula: {
                                charged_usd: string;
                                cost_usd: string;
                                inference_geo: string | null;
                                lines: {
                                    amount_usd: string;
                                    /** @enum {unknown} */
                                    category: "input" | "output" | "cacheWrite5m" | "cacheWrite1h" | "cacheRead" | "webSearch";
                                    model: string | null;
                                    per: number;
                                    /** @description of so many as `per` says */
                                    price_usd: string;
                                    quantity: number;
                                }[];
                                /** @description whether that is what is on record */
                                matches: boolean;
                                price_unknown: boolean;
                                rate_multiplier: string;
                                service_tier: string | null;
                                speed: string | null;
                                /** @description of the lines, before it is rounded */
                                sum_usd: string;
                            } | null;
                            group: string | null;
                            id: string;
                            input_tokens: number;
                            key_name: string | null;
                            model: string;
                            /** @enum {unknown} */
                            outcome: "completed" | "client_closed" | "upstream_error" | "upstream_cut" | "interrupted";
                            output_tokens: number;
                            price_unknown: boolean;
                            price_version: string;
                            queue_ms: number;
                            rate_multiplier: string;
                            requested_model: string;
                            status: number | null;
                            stream: boolean;
                            subject: string | null;
                            team: string | null;
                            upstream_request_id: string | null;
                            user_email: string | null;
                            web_search_requests: number;
                        }[];
                        user_email: string | null;
                        waits: {
                            at: string;
                            /** @enum {unknown} */
                            for: "user" | "account";
                            ms: number;
                            /** @description other sessions of the user that waited when it began to wait for a user's slot; each may have had one turn before */
                            other_sessions: number | null;
                            /** @enum {unknown} */
                            outcome: "granted" | "timed_out" | "left";
                        }[];
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_groups: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description an integer from 1 to 1000 */
                limit?: number;
                /** @description a part of the name, in upper or lower case; a text of 1 to 100 characters */
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description IDs of the models its keys may use */
                            allowed_models: string[] | null;
                            /** @description `kind: subscription` only: list cost in USD, before the multiplier, allowed per day */
                            daily_limit_usd: string | null;
                            id: string;
                            /** @description `balance`: users pay from their balance; `subscription`: usage is limited per window */
                            kind: string;
                            /** @description settings for Claude Code, of people who are signed in to use the group: [sign-in.md](sign-in.md#managed-settings) */
                            managed_settings: {
                                [key: string]: unknown;
                            } | null;
                            /** @description requested: actual, for accounts without a mapping of their own; a name is mapped once */
                            model_mapping: {
                                [key: string]: string;
                            };
                            /** @description `kind: subscription` only: list cost in USD, before the multiplier, allowed per month */
                            monthly_limit_usd: string | null;
                            /** @description its name in keys, accounts and commands */
                            name: string;
                            /** @description a note for operators only */
                            note: string | null;
                            /** @description the charge is the list cost times this */
                            rate_multiplier: string;
                            /** @description keys of a disabled group are rejected */
                            status: string;
                            /** @description the time zone of `calendar` windows */
                            time_zone: string;
                            version: number;
                            /** @description `kind: subscription` only: list cost in USD, before the multiplier, allowed per week */
                            weekly_limit_usd: string | null;
                            /** @description a window lasts 24 h, 7 d or 30 d from first use; `calendar`: days, weeks (from Monday), months */
                            window_anchor: string;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_groups: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody: {
            content: {
                "application/json": {
                    /** @description IDs of the models its keys may use; a list of at most 1000 names */
                    allowed_models?: string[];
                    /** @description true with `managed_settings`, which can run programs on developers’ machines; true or false */
                    confirm_managed_settings?: boolean;
                    /** @description `kind: subscription` only: list cost in USD, before the multiplier, allowed per day; an amount of USD above 0 with at most 9 decimals */
                    daily_limit_usd?: string;
                    /**
                     * @description `balance`: users pay from their balance; `subscription`: usage is limited per window; balance or subscription
                     * @enum {string}
                     */
                    kind: "balance" | "subscription";
                    /** @description settings for Claude Code, of people who are signed in to use the group: [sign-in.md](sign-in.md#managed-settings); a JSON object */
                    managed_settings?: {
                        [key: string]: unknown;
                    };
                    /** @description requested: actual, for accounts without a mapping of their own; a name is mapped once; a mapping of at most 1000 requested to actual model names */
                    model_mapping?: {
                        [key: string]: string;
                    };
                    /** @description `kind: subscription` only: list cost in USD, before the multiplier, allowed per month; an amount of USD above 0 with at most 9 decimals */
                    monthly_limit_usd?: string;
                    /** @description its name in keys, accounts and commands; a name of 1 to 100 characters, without spaces around it */
                    name: string;
                    /** @description a note for operators only; a line of 1 to 500 characters */
                    note?: string;
                    /** @description the charge is the list cost times this; a number ≥ 0 with at most 6 decimals */
                    rate_multiplier?: string;
                    /**
                     * @description keys of a disabled group are rejected; active or disabled
                     * @enum {string}
                     */
                    status?: "active" | "disabled";
                    /** @description the time zone of `calendar` windows; a time zone such as Europe/Berlin */
                    time_zone?: string;
                    /** @description `kind: subscription` only: list cost in USD, before the multiplier, allowed per week; an amount of USD above 0 with at most 9 decimals */
                    weekly_limit_usd?: string;
                    /**
                     * @description a window lasts 24 h, 7 d or 30 d from first use; `calendar`: days, weeks (from Monday), months; first-use or calendar
                     * @enum {string}
                     */
                    window_anchor?: "first-use" | "calendar";
                };
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description IDs of the models its keys may use */
                        allowed_models: string[] | null;
                        /** @description `kind: subscription` only: list cost in USD, before the multiplier, allowed per day */
                        daily_limit_usd: string | null;
                        id: string;
                        /** @description `balance`: users pay from their balance; `subscription`: usage is limited per window */
                        kind: string;
                        /** @description settings for Claude Code, of people who are signed in to use the group: [sign-in.md](sign-in.md#managed-settings) */
                        managed_settings: {
                            [key: string]: unknown;
                        } | null;
                        /** @description requested: actual, for accounts without a mapping of their own; a name is mapped once */
                        model_mapping: {
                            [key: string]: string;
                        };
                        /** @description `kind: subscription` only: list cost in USD, before the multiplier, allowed per month */
                        monthly_limit_usd: string | null;
                        /** @description its name in keys, accounts and commands */
                        name: string;
                        /** @description a note for operators only */
                        note: string | null;
                        /** @description the charge is the list cost times this */
                        rate_multiplier: string;
                        /** @description keys of a disabled group are rejected */
                        status: string;
                        /** @description the time zone of `calendar` windows */
                        time_zone: string;
                        version: number;
                        /** @description `kind: subscription` only: list cost in USD, before the multiplier, allowed per week */
                        weekly_limit_usd: string | null;
                        /** @description a window lasts 24 h, 7 d or 30 d from first use; `calendar`: days, weeks (from Monday), months */
                        window_anchor: string;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_groups_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description IDs of the models its keys may use */
                        allowed_models: string[] | null;
                        /** @description `kind: subscription` only: list cost in USD, before the multiplier, allowed per day */
                        daily_limit_usd: string | null;
                        id: string;
                        /** @description `balance`: users pay from their balance; `subscription`: usage is limited per window */
                        kind: string;
                        /** @description settings for Claude Code, of people who are signed in to use the group: [sign-in.md](sign-in.md#managed-settings) */
                        managed_settings: {
                            [key: string]: unknown;
                        } | null;
                        /** @description requested: actual, for accounts without a mapping of their own; a name is mapped once */
                        model_mapping: {
                            [key: string]: string;
                        };
                        /** @description `kind: subscription` only: list cost in USD, before the multiplier, allowed per month */
                        monthly_limit_usd: string | null;
                        /** @description its name in keys, accounts and commands */
                        name: string;
                        /** @description a note for operators only */
                        note: string | null;
                        /** @description the charge is the list cost times this */
                        rate_multiplier: string;
                        /** @description keys of a disabled group are rejected */
                        status: string;
                        /** @description the time zone of `calendar` windows */
                        time_zone: string;
                        version: number;
                        /** @description `kind: subscription` only: list cost in USD, before the multiplier, allowed per week */
                        weekly_limit_usd: string | null;
                        /** @description a window lasts 24 h, 7 d or 30 d from first use; `calendar`: days, weeks (from Monday), months */
                        window_anchor: string;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    delete_admin_v1_groups_id: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    patch_admin_v1_groups_id: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody?: {
            content: {
                "application/json": {
                    /** @description IDs of the models its keys may use; a list of at most 1000 names, or null */
                    allowed_models?: string[] | null;
                    /** @description true with `managed_settings`, which can run programs on developers’ machines; true or false */
                    confirm_managed_settings?: boolean;
                    /** @description `kind: subscription` only: list cost in USD, before the multiplier, allowed per day; an amount of USD above 0 with at most 9 decimals, or null */
                    daily_limit_usd?: string | null;
                    /**
                     * @description `balance`: users pay from their balance; `subscription`: usage is limited per window; balance or subscription
                     * @enum {string}
                     */
                    kind?: "balance" | "subscription";
                    /** @description settings for Claude Code, of people who are signed in to use the group: [sign-in.md](sign-in.md#managed-settings); a JSON object, or null */
                    managed_settings?: {
                        [key: string]: unknown;
                    } | null;
                    /** @description requested: actual, for accounts without a mapping of their own; a name is mapped once; a mapping of at most 1000 requested to actual model names, or null */
                    model_mapping?: {
                        [key: string]: string;
                    } | null;
                    /** @description `kind: subscription` only: list cost in USD, before the multiplier, allowed per month; an amount of USD above 0 with at most 9 decimals, or null */
                    monthly_limit_usd?: string | null;
                    /** @description its name in keys, accounts and commands; a name of 1 to 100 characters, without spaces around it */
                    name?: string;
                    /** @description a note for operators only; a line of 1 to 500 characters, or null */
                    note?: string | null;
                    /** @description the charge is the list cost times this; a number ≥ 0 with at most 6 decimals, or null */
                    rate_multiplier?: string | null;
                    /**
                     * @description keys of a disabled group are rejected; active or disabled
                     * @enum {string}
                     */
                    status?: "active" | "disabled";
                    /** @description the time zone of `calendar` windows; a time zone such as Europe/Berlin, or null */
                    time_zone?: string | null;
                    /** @description `kind: subscription` only: list cost in USD, before the multiplier, allowed per week; an amount of USD above 0 with at most 9 decimals, or null */
                    weekly_limit_usd?: string | null;
                    /** @description a window lasts 24 h, 7 d or 30 d from first use; `calendar`: days, weeks (from Monday), months; first-use or calendar, or null */
                    window_anchor?: ("first-use" | "calendar") | null;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description IDs of the models its keys may use */
                        allowed_models: string[] | null;
                        /** @description `kind: subscription` only: list cost in USD, before the multiplier, allowed per day */
                        daily_limit_usd: string | null;
                        id: string;
                        /** @description `balance`: users pay from their balance; `subscription`: usage is limited per window */
                        kind: string;
                        /** @description settings for Claude Code, of people who are signed in to use the group: [sign-in.md](sign-in.md#managed-settings) */
                        managed_settings: {
                            [key: string]: unknown;
                        } | null;
                        /** @description requested: actual, for accounts without a mapping of their own; a name is mapped once */
                        model_mapping: {
                            [key: string]: string;
                        };
                        /** @description `kind: subscription` only: list cost in USD, before the multiplier, allowed per month */
                        monthly_limit_usd: string | null;
                        /** @description its name in keys, accounts and commands */
                        name: string;
                        /** @description a note for operators only */
                        note: string | null;
                        /** @description the charge is the list cost times this */
                        rate_multiplier: string;
                        /** @description keys of a disabled group are rejected */
                        status: string;
                        /** @description the time zone of `calendar` windows */
                        time_zone: string;
                        version: number;
                        /** @description `kind: subscription` only: list cost in USD, before the multiplier, allowed per week */
                        weekly_limit_usd: string | null;
                        /** @description a window lasts 24 h, 7 d or 30 d from first use; `calendar`: days, weeks (from Monday), months */
                        window_anchor: string;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_keys: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description a name of 1 to 100 characters, without spaces around it */
                group?: string;
                /** @description an integer from 1 to 1000 */
                limit?: number;
                /** @description a part of the user_email or the name, in upper or lower case; a text of 1 to 100 characters */
                q?: string;
                /** @description active, disabled, expired or revoked */
                status?: "active" | "disabled" | "expired" | "revoked";
                /** @description a name of 1 to 100 characters, without spaces around it */
                team?: string;
                /** @description an e-mail address */
                user?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description addresses and networks (`10.0.0.0/8`) its requests may come from; see `TRUST_PROXY` */
                            allowed_ips: string[] | null;
                            /** @description IDs of the models it may use, among its group’s */
                            allowed_models: string[] | null;
                            /** @description what stops it when it runs away: [brakes.md](brakes.md); what is not set is as `BRAKES` says */
                            brakes: {
                                /** @description what it does when one of these is reached */
                                action: string | null;
                                /** @description requests a minute that an agent of a session may make; 0: no limit */
                                agent_requests: number | null;
                                /** @description USD that an agent of a session may be charged within `spend_minutes`; 0: no limit */
                                agent_spend_usd: string | null;
                                /** @description what so many do */
                                identical_action: string | null;
                                /** @description how many identical turns in a row of one agent are too many */
                                identical_turns: number | null;
                                /** @description requests a minute that the key may make; 0: no limit */
                                key_requests: number | null;
                                /** @description USD that the key may be charged within `spend_minutes`; 0: no limit */
                                key_spend_usd: string | null;
                                /** @description how many minutes a pause lasts; 0: until it is resumed */
                                pause_minutes: number | null;
                                /** @description requests a minute that a session may make; 0: no limit */
                                session_requests: number | null;
                                /** @description USD that a session may be charged within `spend_minutes`; 0: no limit */
                                session_spend_usd: string | null;
                                /** @description how many minutes of spending count */
                                spend_minutes: number | null;
                            };
                            /** @description when it expires */
                            expires_at: string | null;
                            /** @description the group it uses */
                            group: string;
                            id: string;
                            /** @description when it was last used */
                            last_used_at: (string | null) | null;
                            /**
                             * @description how it was made: by hand, or for what [signs in](sign-in.md), which asks with tokens of its own
                             * @enum {string}
                             */
                            made_by: "hand" | "sign-in" | "workload";
                            /** @description its name, unique among its owner’s keys */
                            name: string;
                            /** @description a note for operators only */
                            note: string | null;
                            /** @description to which addresses and networks its owner limits it */
                            own_allowed_ips: string[] | null;
                            /** @description to which models its owner limits it */
                            own_allowed_models: string[] | null;
                            /** @description when it expires by its owner’s wish */
                            own_expires_at: string | null;
                            /** @description as `spend_limits`, set by its owner */
                            own_spend_limits: {
                                /** @description a day */
                                daily: string | null;
                                /** @description a month */
                                monthly: string | null;
                                /** @description in all */
                                total: string | null;
                                /** @description a week */
                                weekly: string | null;
                            };
                            /** @description the first characters of its secret */
                            prefix: string | null;
                            /** @description when the secret from before the last rotation stops working */
                            previous_key_until: (string | null) | null;
                            /** @description why its requests are rejected now, as its holder is told; what is not settled is not counted */
                            problem: (string | null) | null;
                            /** @description when it was permanently revoked */
                            revoked_at: (string | null) | null;
                            /** @description `{daily, weekly, monthly, total}`: USD it may be charged, after the multiplier; windows as in its group */
                            spend_limits: {
                                /** @description a day */
                                daily: string | null;
                                /** @description a month */
                                monthly: string | null;
                                /** @description in all */
                                total: string | null;
                                /** @description a week */
                                weekly: string | null;
                            };
                            /** @description its charges and limits: `kind`, `limit_usd`, `used_usd`, `started_at`, `resets_at` */
                            spending: {
                                kind: string;
                                limit_usd: string | null;
                                resets_at: string | null;
                                started_at: string | null;
                                used_usd: string;
                            }[] | null;
                            /** @description requests with a disabled key are rejected; `revoked` is permanent; `expired`: it is past its end */
                            status: string;
                            /** @description the team that its usage counts in, of which its owner is a member */
                            team: string | null;
                            /** @description as `spend_limits`, set by a lead of its team */
                            team_spend_limits: {
                                /** @description a day */
                                daily: string | null;
                                /** @description a month */
                                monthly: string | null;
                                /** @description in all */
                                total: string | null;
                                /** @description a week */
                                weekly: string | null;
                            };
                            /** @description its owner */
                            user_email: string | null;
                            version: number;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_keys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody: {
            content: {
                "application/json": {
                    /** @description addresses and networks (`10.0.0.0/8`) its requests may come from; see `TRUST_PROXY`; a list of 1 to 100 addresses or networks such as 10.0.0.0/8 */
                    allowed_ips?: string[];
                    /** @description IDs of the models it may use, among its group’s; a list of 1 to 100 ids of models */
                    allowed_models?: string[];
                    /** @description what stops it when it runs away: [brakes.md](brakes.md); what is not set is as `BRAKES` says; a mapping */
                    brakes?: {
                        /**
                         * @description pause or warn
                         * @enum {string}
                         */
                        action?: "pause" | "warn";
                        /** @description a whole number from 0 to 1000000 */
                        agent_requests?: number;
                        /** @description an amount of USD with at most 9 decimals; 0: no limit */
                        agent_spend_usd?: string;
                        /**
                         * @description off, warn or pause
                         * @enum {string}
                         */
                        identical_action?: "off" | "warn" | "pause";
                        /** @description a whole number from 2 to 1000 */
                        identical_turns?: number;
                        /** @description a whole number from 0 to 1000000 */
                        key_requests?: number;
                        /** @description an amount of USD with at most 9 decimals; 0: no limit */
                        key_spend_usd?: string;
                        /** @description a whole number from 0 to 43200 */
                        pause_minutes?: number;
                        /** @description a whole number from 0 to 1000000 */
                        session_requests?: number;
                        /** @description an amount of USD with at most 9 decimals; 0: no limit */
                        session_spend_usd?: string;
                        /** @description a whole number from 1 to 60 */
                        spend_minutes?: number;
                    };
                    /** @description when it expires; a time such as 2030-12-31T23:59:59Z or a day such as 2030-12-31, tomorrow or a span such as 90m or 30d */
                    expires_at?: string;
                    /** @description the group it uses; a name of 1 to 100 characters, without spaces around it */
                    group?: string;
                    /** @description its name, unique among its owner’s keys; a name of 1 to 100 characters, without spaces around it */
                    name: string;
                    /** @description a note for operators only; a line of 1 to 500 characters */
                    note?: string;
                    /** @description to which addresses and networks its owner limits it; a list of 1 to 100 addresses or networks such as 10.0.0.0/8 */
                    own_allowed_ips?: string[];
                    /** @description to which models its owner limits it; a list of 1 to 100 ids of models */
                    own_allowed_models?: string[];
                    /** @description when it expires by its owner’s wish; a time such as 2030-12-31T23:59:59Z or a day such as 2030-12-31, tomorrow or a span such as 90m or 30d */
                    own_expires_at?: string;
                    /** @description as `spend_limits`, set by its owner; a mapping */
                    own_spend_limits?: {
                        /** @description an amount of USD above 0 with at most 9 decimals */
                        daily?: string;
                        /** @description an amount of USD above 0 with at most 9 decimals */
                        monthly?: string;
                        /** @description an amount of USD above 0 with at most 9 decimals */
                        total?: string;
                        /** @description an amount of USD above 0 with at most 9 decimals */
                        weekly?: string;
                    };
                    /** @description `{daily, weekly, monthly, total}`: USD it may be charged, after the multiplier; windows as in its group; a mapping */
                    spend_limits?: {
                        /** @description an amount of USD above 0 with at most 9 decimals */
                        daily?: string;
                        /** @description an amount of USD above 0 with at most 9 decimals */
                        monthly?: string;
                        /** @description an amount of USD above 0 with at most 9 decimals */
                        total?: string;
                        /** @description an amount of USD above 0 with at most 9 decimals */
                        weekly?: string;
                    };
                    /**
                     * @description requests with a disabled key are rejected; `revoked` is permanent; `expired`: it is past its end; active or disabled
                     * @enum {string}
                     */
                    status?: "active" | "disabled";
                    /** @description the team that its usage counts in, of which its owner is a member; a name of 1 to 100 characters, without spaces around it */
                    team?: string;
                    /** @description its owner’s e-mail address; an e-mail address */
                    user: string;
                };
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description addresses and networks (`10.0.0.0/8`) its requests may come from; see `TRUST_PROXY` */
                        allowed_ips: string[] | null;
                        /** @description IDs of the models it may use, among its group’s */
                        allowed_models: string[] | null;
                        /** @description what stops it when it runs away: [brakes.md](brakes.md); what is not set is as `BRAKES` says */
                        brakes: {
                            /** @description what it does when one of these is reached */
                            action: string | null;
                            /** @description requests a minute that an agent of a session may make; 0: no limit */
                            agent_requests: number | null;
                            /** @description USD that an agent of a session may be charged within `spend_minutes`; 0: no limit */
                            agent_spend_usd: string | null;
                            /** @description what so many do */
                            identical_action: string | null;
                            /** @description how many identical turns in a row of one agent are too many */
                            identical_turns: number | null;
                            /** @description requests a minute that the key may make; 0: no limit */
                            key_requests: number | null;
                            /** @description USD that the key may be charged within `spend_minutes`; 0: no limit */
                            key_spend_usd: string | null;
                            /** @description how many minutes a pause lasts; 0: until it is resumed */
                            pause_minutes: number | null;
                            /** @description requests a minute that a session may make; 0: no limit */
                            session_requests: number | null;
                            /** @description USD that a session may be charged within `spend_minutes`; 0: no limit */
                            session_spend_usd: string | null;
                            /** @description how many minutes of spending count */
                            spend_minutes: number | null;
                        };
                        /** @description when it expires */
                        expires_at: string | null;
                        /** @description the group it uses */
                        group: string;
                        id: string;
                        key: string;
                        /** @description when it was last used */
                        last_used_at: (string | null) | null;
                        /**
                         * @description how it was made: by hand, or for what [signs in](sign-in.md), which asks with tokens of its own
                         * @enum {string}
                         */
                        made_by: "hand" | "sign-in" | "workload";
                        /** @description its name, unique among its owner’s keys */
                        name: string;
                        /** @description a note for operators only */
                        note: string | null;
                        /** @description to which addresses and networks its owner limits it */
                        own_allowed_ips: string[] | null;
                        /** @description to which models its owner limits it */
                        own_allowed_models: string[] | null;
                        /** @description when it expires by its owner’s wish */
                        own_expires_at: string | null;
                        /** @description as `spend_limits`, set by its owner */
                        own_spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description the first characters of its secret */
                        prefix: string | null;
                        /** @description when the secret from before the last rotation stops working */
                        previous_key_until: (string | null) | null;
                        /** @description why its requests are rejected now, as its holder is told; what is not settled is not counted */
                        problem: (string | null) | null;
                        /** @description when it was permanently revoked */
                        revoked_at: (string | null) | null;
                        /** @description `{daily, weekly, monthly, total}`: USD it may be charged, after the multiplier; windows as in its group */
                        spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description its charges and limits: `kind`, `limit_usd`, `used_usd`, `started_at`, `resets_at` */
                        spending: {
                            kind: string;
                            limit_usd: string | null;
                            resets_at: string | null;
                            started_at: string | null;
                            used_usd: string;
                        }[] | null;
                        /** @description requests with a disabled key are rejected; `revoked` is permanent; `expired`: it is past its end */
                        status: string;
                        /** @description the team that its usage counts in, of which its owner is a member */
                        team: string | null;
                        /** @description as `spend_limits`, set by a lead of its team */
                        team_spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description its owner */
                        user_email: string | null;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_keys_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description addresses and networks (`10.0.0.0/8`) its requests may come from; see `TRUST_PROXY` */
                        allowed_ips: string[] | null;
                        /** @description IDs of the models it may use, among its group’s */
                        allowed_models: string[] | null;
                        /** @description what stops it when it runs away: [brakes.md](brakes.md); what is not set is as `BRAKES` says */
                        brakes: {
                            /** @description what it does when one of these is reached */
                            action: string | null;
                            /** @description requests a minute that an agent of a session may make; 0: no limit */
                            agent_requests: number | null;
                            /** @description USD that an agent of a session may be charged within `spend_minutes`; 0: no limit */
                            agent_spend_usd: string | null;
                            /** @description what so many do */
                            identical_action: string | null;
                            /** @description how many identical turns in a row of one agent are too many */
                            identical_turns: number | null;
                            /** @description requests a minute that the key may make; 0: no limit */
                            key_requests: number | null;
                            /** @description USD that the key may be charged within `spend_minutes`; 0: no limit */
                            key_spend_usd: string | null;
                            /** @description how many minutes a pause lasts; 0: until it is resumed */
                            pause_minutes: number | null;
                            /** @description requests a minute that a session may make; 0: no limit */
                            session_requests: number | null;
                            /** @description USD that a session may be charged within `spend_minutes`; 0: no limit */
                            session_spend_usd: string | null;
                            /** @description how many minutes of spending count */
                            spend_minutes: number | null;
                        };
                        /** @description when it expires */
                        expires_at: string | null;
                        /** @description the group it uses */
                        group: string;
                        id: string;
                        /** @description when it was last used */
                        last_used_at: (string | null) | null;
                        /**
                         * @description how it was made: by hand, or for what [signs in](sign-in.md), which asks with tokens of its own
                         * @enum {string}
                         */
                        made_by: "hand" | "sign-in" | "workload";
                        /** @description its name, unique among its owner’s keys */
                        name: string;
                        /** @description a note for operators only */
                        note: string | null;
                        /** @description to which addresses and networks its owner limits it */
                        own_allowed_ips: string[] | null;
                        /** @description to which models its owner limits it */
                        own_allowed_models: string[] | null;
                        /** @description when it expires by its owner’s wish */
                        own_expires_at: string | null;
                        /** @description as `spend_limits`, set by its owner */
                        own_spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description the first characters of its secret */
                        prefix: string | null;
                        /** @description when the secret from before the last rotation stops working */
                        previous_key_until: (string | null) | null;
                        /** @description why its requests are rejected now, as its holder is told; what is not settled is not counted */
                        problem: (string | null) | null;
                        /** @description when it was permanently revoked */
                        revoked_at: (string | null) | null;
                        /** @description `{daily, weekly, monthly, total}`: USD it may be charged, after the multiplier; windows as in its group */
                        spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description its charges and limits: `kind`, `limit_usd`, `used_usd`, `started_at`, `resets_at` */
                        spending: {
                            kind: string;
                            limit_usd: string | null;
                            resets_at: string | null;
                            started_at: string | null;
                            used_usd: string;
                        }[] | null;
                        /** @description requests with a disabled key are rejected; `revoked` is permanent; `expired`: it is past its end */
                        status: string;
                        /** @description the team that its usage counts in, of which its owner is a member */
                        team: string | null;
                        /** @description as `spend_limits`, set by a lead of its team */
                        team_spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description its owner */
                        user_email: string | null;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    patch_admin_v1_keys_id: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody?: {
            content: {
                "application/json": {
                    /** @description addresses and networks (`10.0.0.0/8`) its requests may come from; see `TRUST_PROXY`; a list of 1 to 100 addresses or networks such as 10.0.0.0/8, or null */
                    allowed_ips?: string[] | null;
                    /** @description IDs of the models it may use, among its group’s; a list of 1 to 100 ids of models, or null */
                    allowed_models?: string[] | null;
                    /** @description what stops it when it runs away: [brakes.md](brakes.md); what is not set is as `BRAKES` says; a mapping */
                    brakes?: {
                        /** @description pause or warn, or null */
                        action?: ("pause" | "warn") | null;
                        /** @description a whole number from 0 to 1000000, or null */
                        agent_requests?: number | null;
                        /** @description an amount of USD with at most 9 decimals; 0: no limit, or null */
                        agent_spend_usd?: string | null;
                        /** @description off, warn or pause, or null */
                        identical_action?: ("off" | "warn" | "pause") | null;
                        /** @description a whole number from 2 to 1000, or null */
                        identical_turns?: number | null;
                        /** @description a whole number from 0 to 1000000, or null */
                        key_requests?: number | null;
                        /** @description an amount of USD with at most 9 decimals; 0: no limit, or null */
                        key_spend_usd?: string | null;
                        /** @description a whole number from 0 to 43200, or null */
                        pause_minutes?: number | null;
                        /** @description a whole number from 0 to 1000000, or null */
                        session_requests?: number | null;
                        /** @description an amount of USD with at most 9 decimals; 0: no limit, or null */
                        session_spend_usd?: string | null;
                        /** @description a whole number from 1 to 60, or null */
                        spend_minutes?: number | null;
                    };
                    /** @description when it expires; a time such as 2030-12-31T23:59:59Z or a day such as 2030-12-31, tomorrow or a span such as 90m or 30d, or null */
                    expires_at?: string | null;
                    /** @description the group it uses; a name of 1 to 100 characters, without spaces around it, or null */
                    group?: string | null;
                    /** @description its name, unique among its owner’s keys; a name of 1 to 100 characters, without spaces around it */
                    name?: string;
                    /** @description a note for operators only; a line of 1 to 500 characters, or null */
                    note?: string | null;
                    /** @description to which addresses and networks its owner limits it; a list of 1 to 100 addresses or networks such as 10.0.0.0/8, or null */
                    own_allowed_ips?: string[] | null;
                    /** @description to which models its owner limits it; a list of 1 to 100 ids of models, or null */
                    own_allowed_models?: string[] | null;
                    /** @description when it expires by its owner’s wish; a time such as 2030-12-31T23:59:59Z or a day such as 2030-12-31, tomorrow or a span such as 90m or 30d, or null */
                    own_expires_at?: string | null;
                    /** @description as `spend_limits`, set by its owner; a mapping */
                    own_spend_limits?: {
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        daily?: string | null;
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        monthly?: string | null;
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        total?: string | null;
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        weekly?: string | null;
                    };
                    /** @description `{daily, weekly, monthly, total}`: USD it may be charged, after the multiplier; windows as in its group; a mapping */
                    spend_limits?: {
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        daily?: string | null;
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        monthly?: string | null;
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        total?: string | null;
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        weekly?: string | null;
                    };
                    /**
                     * @description requests with a disabled key are rejected; `revoked` is permanent; `expired`: it is past its end; active or disabled
                     * @enum {string}
                     */
                    status?: "active" | "disabled";
                    /** @description the team that its usage counts in, of which its owner is a member; a name of 1 to 100 characters, without spaces around it, or null */
                    team?: string | null;
                    /** @description as `spend_limits`, set by a lead of its team; a mapping */
                    team_spend_limits?: {
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        daily?: string | null;
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        monthly?: string | null;
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        total?: string | null;
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        weekly?: string | null;
                    };
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description addresses and networks (`10.0.0.0/8`) its requests may come from; see `TRUST_PROXY` */
                        allowed_ips: string[] | null;
                        /** @description IDs of the models it may use, among its group’s */
                        allowed_models: string[] | null;
                        /** @description what stops it when it runs away: [brakes.md](brakes.md); what is not set is as `BRAKES` says */
                        brakes: {
                            /** @description what it does when one of these is reached */
                            action: string | null;
                            /** @description requests a minute that an agent of a session may make; 0: no limit */
                            agent_requests: number | null;
                            /** @description USD that an agent of a session may be charged within `spend_minutes`; 0: no limit */
                            agent_spend_usd: string | null;
                            /** @description what so many do */
                            identical_action: string | null;
                            /** @description how many identical turns in a row of one agent are too many */
                            identical_turns: number | null;
                            /** @description requests a minute that the key may make; 0: no limit */
                            key_requests: number | null;
                            /** @description USD that the key may be charged within `spend_minutes`; 0: no limit */
                            key_spend_usd: string | null;
                            /** @description how many minutes a pause lasts; 0: until it is resumed */
                            pause_minutes: number | null;
                            /** @description requests a minute that a session may make; 0: no limit */
                            session_requests: number | null;
                            /** @description USD that a session may be charged within `spend_minutes`; 0: no limit */
                            session_spend_usd: string | null;
                            /** @description how many minutes of spending count */
                            spend_minutes: number | null;
                        };
                        /** @description when it expires */
                        expires_at: string | null;
                        /** @description the group it uses */
                        group: string;
                        id: string;
                        /** @description when it was last used */
                        last_used_at: (string | null) | null;
                        /**
                         * @description how it was made: by hand, or for what [signs in](sign-in.md), which asks with tokens of its own
                         * @enum {string}
                         */
                        made_by: "hand" | "sign-in" | "workload";
                        /** @description its name, unique among its owner’s keys */
                        name: string;
                        /** @description a note for operators only */
                        note: string | null;
                        /** @description to which addresses and networks its owner limits it */
                        own_allowed_ips: string[] | null;
                        /** @description to which models its owner limits it */
                        own_allowed_models: string[] | null;
                        /** @description when it expires by its owner’s wish */
                        own_expires_at: string | null;
                        /** @description as `spend_limits`, set by its owner */
                        own_spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description the first characters of its secret */
                        prefix: string | null;
                        /** @description when the secret from before the last rotation stops working */
                        previous_key_until: (string | null) | null;
                        /** @description why its requests are rejected now, as its holder is told; what is not settled is not counted */
                        problem: (string | null) | null;
                        /** @description when it was permanently revoked */
                        revoked_at: (string | null) | null;
                        /** @description `{daily, weekly, monthly, total}`: USD it may be charged, after the multiplier; windows as in its group */
                        spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description its charges and limits: `kind`, `limit_usd`, `used_usd`, `started_at`, `resets_at` */
                        spending: {
                            kind: string;
                            limit_usd: string | null;
                            resets_at: string | null;
                            started_at: string | null;
                            used_usd: string;
                        }[] | null;
                        /** @description requests with a disabled key are rejected; `revoked` is permanent; `expired`: it is past its end */
                        status: string;
                        /** @description the team that its usage counts in, of which its owner is a member */
                        team: string | null;
                        /** @description as `spend_limits`, set by a lead of its team */
                        team_spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description its owner */
                        user_email: string | null;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_keys_id_revoke: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description addresses and networks (`10.0.0.0/8`) its requests may come from; see `TRUST_PROXY` */
                        allowed_ips: string[] | null;
                        /** @description IDs of the models it may use, among its group’s */
                        allowed_models: string[] | null;
                        /** @description what stops it when it runs away: [brakes.md](brakes.md); what is not set is as `BRAKES` says */
                        brakes: {
                            /** @description what it does when one of these is reached */
                            action: string | null;
                            /** @description requests a minute that an agent of a session may make; 0: no limit */
                            agent_requests: number | null;
                            /** @description USD that an agent of a session may be charged within `spend_minutes`; 0: no limit */
                            agent_spend_usd: string | null;
                            /** @description what so many do */
                            identical_action: string | null;
                            /** @description how many identical turns in a row of one agent are too many */
                            identical_turns: number | null;
                            /** @description requests a minute that the key may make; 0: no limit */
                            key_requests: number | null;
                            /** @description USD that the key may be charged within `spend_minutes`; 0: no limit */
                            key_spend_usd: string | null;
                            /** @description how many minutes a pause lasts; 0: until it is resumed */
                            pause_minutes: number | null;
                            /** @description requests a minute that a session may make; 0: no limit */
                            session_requests: number | null;
                            /** @description USD that a session may be charged within `spend_minutes`; 0: no limit */
                            session_spend_usd: string | null;
                            /** @description how many minutes of spending count */
                            spend_minutes: number | null;
                        };
                        /** @description when it expires */
                        expires_at: string | null;
                        /** @description the group it uses */
                        group: string;
                        id: string;
                        /** @description when it was last used */
                        last_used_at: (string | null) | null;
                        /**
                         * @description how it was made: by hand, or for what [signs in](sign-in.md), which asks with tokens of its own
                         * @enum {string}
                         */
                        made_by: "hand" | "sign-in" | "workload";
                        /** @description its name, unique among its owner’s keys */
                        name: string;
                        /** @description a note for operators only */
                        note: string | null;
                        /** @description to which addresses and networks its owner limits it */
                        own_allowed_ips: string[] | null;
                        /** @description to which models its owner limits it */
                        own_allowed_models: string[] | null;
                        /** @description when it expires by its owner’s wish */
                        own_expires_at: string | null;
                        /** @description as `spend_limits`, set by its owner */
                        own_spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description the first characters of its secret */
                        prefix: string | null;
                        /** @description when the secret from before the last rotation stops working */
                        previous_key_until: (string | null) | null;
                        /** @description why its requests are rejected now, as its holder is told; what is not settled is not counted */
                        problem: (string | null) | null;
                        /** @description when it was permanently revoked */
                        revoked_at: (string | null) | null;
                        /** @description `{daily, weekly, monthly, total}`: USD it may be charged, after the multiplier; windows as in its group */
                        spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description its charges and limits: `kind`, `limit_usd`, `used_usd`, `started_at`, `resets_at` */
                        spending: {
                            kind: string;
                            limit_usd: string | null;
                            resets_at: string | null;
                            started_at: string | null;
                            used_usd: string;
                        }[] | null;
                        /** @description requests with a disabled key are rejected; `revoked` is permanent; `expired`: it is past its end */
                        status: string;
                        /** @description the team that its usage counts in, of which its owner is a member */
                        team: string | null;
                        /** @description as `spend_limits`, set by a lead of its team */
                        team_spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description its owner */
                        user_email: string | null;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_keys_id_rotate: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody?: {
            content: {
                "application/json": {
                    /** @description an integer from 0 to 604800 */
                    overlap_s?: number;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description addresses and networks (`10.0.0.0/8`) its requests may come from; see `TRUST_PROXY` */
                        allowed_ips: string[] | null;
                        /** @description IDs of the models it may use, among its group’s */
                        allowed_models: string[] | null;
                        /** @description what stops it when it runs away: [brakes.md](brakes.md); what is not set is as `BRAKES` says */
                        brakes: {
                            /** @description what it does when one of these is reached */
                            action: string | null;
                            /** @description requests a minute that an agent of a session may make; 0: no limit */
                            agent_requests: number | null;
                            /** @description USD that an agent of a session may be charged within `spend_minutes`; 0: no limit */
                            agent_spend_usd: string | null;
                            /** @description what so many do */
                            identical_action: string | null;
                            /** @description how many identical turns in a row of one agent are too many */
                            identical_turns: number | null;
                            /** @description requests a minute that the key may make; 0: no limit */
                            key_requests: number | null;
                            /** @description USD that the key may be charged within `spend_minutes`; 0: no limit */
                            key_spend_usd: string | null;
                            /** @description how many minutes a pause lasts; 0: until it is resumed */
                            pause_minutes: number | null;
                            /** @description requests a minute that a session may make; 0: no limit */
                            session_requests: number | null;
                            /** @description USD that a session may be charged within `spend_minutes`; 0: no limit */
                            session_spend_usd: string | null;
                            /** @description how many minutes of spending count */
                            spend_minutes: number | null;
                        };
                        /** @description when it expires */
                        expires_at: string | null;
                        /** @description the group it uses */
                        group: string;
                        id: string;
                        key: string;
                        /** @description when it was last used */
                        last_used_at: (string | null) | null;
                        /**
                         * @description how it was made: by hand, or for what [signs in](sign-in.md), which asks with tokens of its own
                         * @enum {string}
                         */
                        made_by: "hand" | "sign-in" | "workload";
                        /** @description its name, unique among its owner’s keys */
                        name: string;
                        /** @description a note for operators only */
                        note: string | null;
                        /** @description to which addresses and networks its owner limits it */
                        own_allowed_ips: string[] | null;
                        /** @description to which models its owner limits it */
                        own_allowed_models: string[] | null;
                        /** @description when it expires by its owner’s wish */
                        own_expires_at: string | null;
                        /** @description as `spend_limits`, set by its owner */
                        own_spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description the first characters of its secret */
                        prefix: string | null;
                        /** @description when the secret from before the last rotation stops working */
                        previous_key_until: (string | null) | null;
                        /** @description why its requests are rejected now, as its holder is told; what is not settled is not counted */
                        problem: (string | null) | null;
                        /** @description when it was permanently revoked */
                        revoked_at: (string | null) | null;
                        /** @description `{daily, weekly, monthly, total}`: USD it may be charged, after the multiplier; windows as in its group */
                        spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description its charges and limits: `kind`, `limit_usd`, `used_usd`, `started_at`, `resets_at` */
                        spending: {
                            kind: string;
                            limit_usd: string | null;
                            resets_at: string | null;
                            started_at: string | null;
                            used_usd: string;
                        }[] | null;
                        /** @description requests with a disabled key are rejected; `revoked` is permanent; `expired`: it is past its end */
                        status: string;
                        /** @description the team that its usage counts in, of which its owner is a member */
                        team: string | null;
                        /** @description as `spend_limits`, set by a lead of its team */
                        team_spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description its owner */
                        user_email: string | null;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_keys_id_test: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody?: {
            content: {
                "application/json": {
                    /** @description the id of a model */
                    model?: string;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description list cost; null where none is on record yet */
                        cost_usd: string | null;
                        duration_ms: number;
                        /** @description what a client would have been told */
                        error: {
                            message: string;
                            type: string;
                        } | null;
                        exchange_id: string;
                        /** @description the one that was asked for */
                        model: string;
                        ok: boolean;
                        /** @description what a client would have been answered with */
                        status: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_ledger_entries: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description an integer from 1 to 1000 */
                limit?: number;
                /** @description a text of 1 to 300 characters */
                user?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            amount_usd: string;
                            balance_after_usd: string;
                            created_at: string;
                            id: string;
                            kind: string;
                            note: string | null;
                            source_id: string;
                            user_email: string;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_ledger_verification: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        checked: {
                            entries: number;
                            events: number;
                            hours: number;
                            keys: number;
                            subscriptions: number;
                            teams: number;
                            users: number;
                        };
                        drifts: {
                            field: string;
                            kind: string;
                            recomputed: string;
                            recorded: string | null;
                            subject: string;
                        }[];
                        found: number;
                        next_cursor: string | null;
                        skipped_windows: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_openapi_json: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_overview: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        accounts: {
                            cooldown_reason: string | null;
                            cooldown_until: string | null;
                            cooldowns: {
                                /** @enum {unknown} */
                                kind: "rate_limit" | "overloaded" | "billing" | "forbidden" | "unauthorized" | "failures";
                                probe_at: string | null;
                                reason: string;
                                /** @description null = all models */
                                scope: string | null;
                                since: string;
                                until: string;
                            }[];
                            error: string | null;
                            id: string;
                            in_flight: number | null;
                            /** @description 0 = no limit */
                            limit: number;
                            /** @description how long the one has waited that has waited longest; null: nobody waits, or it cannot be told */
                            longest_wait_ms: number | null;
                            name: string;
                            schedulable: boolean;
                            /** @description how many sessions it serves now */
                            sessions: number | null;
                            /** @enum {unknown} */
                            state: "available" | "limited" | "cooling_down" | "failing" | "error" | "disabled";
                            /** @enum {unknown} */
                            status: "active" | "disabled" | "error";
                            /** @description the busiest whose requests it serves now */
                            users: {
                                id: string;
                                in_flight: number;
                                /** @description the e-mail address; the ID while the database is away */
                                name: string;
                                sessions: number;
                            }[];
                            users_left_out: number;
                            waiting: number | null;
                            windows: {
                                name: string;
                                resets_at: string | null;
                                utilization: number | null;
                            }[];
                        }[];
                        at: string;
                        /** @enum {unknown} */
                        database: "ok" | "away";
                        in_flight: number | null;
                        journal: {
                            accepting: boolean;
                            bytes: number;
                            oldest_age_ms: number | null;
                        };
                        /** @description how long the one has waited that has waited longest; null: nobody waits, or it cannot be told */
                        longest_wait_ms: number | null;
                        /** @description how many keys, sessions and agents are paused */
                        paused: number;
                        /** @enum {unknown} */
                        phase: "running" | "draining" | "closing";
                        replicas: number;
                        /** @enum {unknown} */
                        slots: "in-process" | "shared" | "local" | "rejoining";
                        /** @description those with a limit, the tightest first */
                        teams: {
                            id: string;
                            name: string;
                            /** @description what requests under way are expected to cost, and what was spent and is not on record yet */
                            reserved_usd: string;
                            /** @description those with a limit, which has its raises in it; the one of which the largest share is used first */
                            windows: {
                                kind: string;
                                limit_usd: string;
                                resets_at: string;
                                used_usd: string;
                            }[];
                        }[];
                        teams_left_out: number;
                        unserved_groups: {
                            name: string;
                            reason: string;
                        }[];
                        upstream: number | null;
                        usage: {
                            cache_creation_tokens: number;
                            cache_read_tokens: number;
                            charged_usd: string;
                            cost_usd: string;
                            errors: number;
                            input_tokens: number;
                            output_tokens: number;
                            requests: number;
                            seconds: number;
                        }[] | null;
                        users: {
                            id: string;
                            in_flight: number;
                            /** @description 0 = no limit */
                            limit: number;
                            /** @description how long the one has waited that has waited longest; null: nobody waits, or it cannot be told */
                            longest_wait_ms: number | null;
                            /** @description the e-mail address; the ID while the database is away */
                            name: string;
                            waiting: number;
                            /** @description the sessions with most requests that wait for a slot of the user */
                            waiting_sessions: {
                                /** @description the start of the session's hash, as in exchanges, or of the key's where none is named; null: not told */
                                session: string | null;
                                waiting: number;
                            }[];
                            waiting_sessions_left_out: number;
                        }[];
                        users_left_out: number;
                        version: string;
                        waiting: number | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_pauses: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description an integer from 1 to 1000 */
                limit?: number;
                /** @description a part of the user_email, in upper or lower case; a text of 1 to 100 characters */
                q?: string;
                /** @description active or over */
                status?: "active" | "over";
                /** @description the name of a team */
                team?: string | null;
                /** @description an e-mail address */
                user?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description the agent of the session; empty: the one it began with; null: the whole session */
                            agent: string | null;
                            /** @description when it began */
                            created_at: (string | null) | null;
                            /** @description who has paused it; `sluice`: a brake */
                            created_by: string | null;
                            /** @description when it ends by itself; null: only when somebody resumes */
                            ends_at: (string | null) | null;
                            /** @description the request that tripped the brake, for `sluice why` */
                            exchange_id: (string | null) | null;
                            id: string;
                            /** @description the key’s name */
                            key: string;
                            /** @description what was too much: `spend`, `requests` or `identical_turns`; `hand`: somebody has paused it */
                            kind: string | null;
                            /** @description why, as the client reads it */
                            reason: string;
                            /** @description when it was resumed, or was seen to have ended */
                            resumed_at: (string | null) | null;
                            /** @description who resumed it; null: it has ended by itself, or not yet */
                            resumed_by: (string | null) | null;
                            /** @description the session that is paused, as its client names it, or a hash behind `~`; null: the whole key */
                            session: string | null;
                            /** @description `active`, or `over`: resumed, or ended by itself */
                            status: string | null;
                            /** @description the key’s team; null: it has none */
                            team: (string | null) | null;
                            /** @description its owner */
                            user_email: string | null;
                            version: number;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_pauses: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody: {
            content: {
                "application/json": {
                    /** @description the agent of the session; empty: the one it began with; null: the whole session; up to 200 printable characters */
                    agent?: string;
                    /** @description the key’s name; a name of 1 to 100 characters */
                    key: string;
                    /** @description a whole number of minutes up to 43200; 0: until somebody resumes it */
                    minutes?: number;
                    /** @description why, as the client reads it; a line of 1 to 200 characters */
                    reason: string;
                    /** @description the session that is paused, as its client names it, or a hash behind `~`; null: the whole key; up to 200 printable characters */
                    session?: string;
                    /** @description the e-mail address of the key’s owner; an e-mail address */
                    user: string;
                };
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description the agent of the session; empty: the one it began with; null: the whole session */
                        agent: string | null;
                        /** @description when it began */
                        created_at: (string | null) | null;
                        /** @description who has paused it; `sluice`: a brake */
                        created_by: string | null;
                        /** @description when it ends by itself; null: only when somebody resumes */
                        ends_at: (string | null) | null;
                        /** @description the request that tripped the brake, for `sluice why` */
                        exchange_id: (string | null) | null;
                        id: string;
                        /** @description the key’s name */
                        key: string;
                        /** @description what was too much: `spend`, `requests` or `identical_turns`; `hand`: somebody has paused it */
                        kind: string | null;
                        /** @description why, as the client reads it */
                        reason: string;
                        /** @description when it was resumed, or was seen to have ended */
                        resumed_at: (string | null) | null;
                        /** @description who resumed it; null: it has ended by itself, or not yet */
                        resumed_by: (string | null) | null;
                        /** @description the session that is paused, as its client names it, or a hash behind `~`; null: the whole key */
                        session: string | null;
                        /** @description `active`, or `over`: resumed, or ended by itself */
                        status: string | null;
                        /** @description the key’s team; null: it has none */
                        team: (string | null) | null;
                        /** @description its owner */
                        user_email: string | null;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_pauses_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description a number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description the agent of the session; empty: the one it began with; null: the whole session */
                        agent: string | null;
                        /** @description when it began */
                        created_at: (string | null) | null;
                        /** @description who has paused it; `sluice`: a brake */
                        created_by: string | null;
                        /** @description when it ends by itself; null: only when somebody resumes */
                        ends_at: (string | null) | null;
                        /** @description the request that tripped the brake, for `sluice why` */
                        exchange_id: (string | null) | null;
                        id: string;
                        /** @description the key’s name */
                        key: string;
                        /** @description what was too much: `spend`, `requests` or `identical_turns`; `hand`: somebody has paused it */
                        kind: string | null;
                        /** @description why, as the client reads it */
                        reason: string;
                        /** @description when it was resumed, or was seen to have ended */
                        resumed_at: (string | null) | null;
                        /** @description who resumed it; null: it has ended by itself, or not yet */
                        resumed_by: (string | null) | null;
                        /** @description the session that is paused, as its client names it, or a hash behind `~`; null: the whole key */
                        session: string | null;
                        /** @description `active`, or `over`: resumed, or ended by itself */
                        status: string | null;
                        /** @description the key’s team; null: it has none */
                        team: (string | null) | null;
                        /** @description its owner */
                        user_email: string | null;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_pauses_id_resume: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description a number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description the agent of the session; empty: the one it began with; null: the whole session */
                        agent: string | null;
                        /** @description when it began */
                        created_at: (string | null) | null;
                        /** @description who has paused it; `sluice`: a brake */
                        created_by: string | null;
                        /** @description when it ends by itself; null: only when somebody resumes */
                        ends_at: (string | null) | null;
                        /** @description the request that tripped the brake, for `sluice why` */
                        exchange_id: (string | null) | null;
                        id: string;
                        /** @description the key’s name */
                        key: string;
                        /** @description what was too much: `spend`, `requests` or `identical_turns`; `hand`: somebody has paused it */
                        kind: string | null;
                        /** @description why, as the client reads it */
                        reason: string;
                        /** @description when it was resumed, or was seen to have ended */
                        resumed_at: (string | null) | null;
                        /** @description who resumed it; null: it has ended by itself, or not yet */
                        resumed_by: (string | null) | null;
                        /** @description the session that is paused, as its client names it, or a hash behind `~`; null: the whole key */
                        session: string | null;
                        /** @description `active`, or `over`: resumed, or ended by itself */
                        status: string | null;
                        /** @description the key’s team; null: it has none */
                        team: (string | null) | null;
                        /** @description its owner */
                        user_email: string | null;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    put_admin_v1_price_book: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody: {
            content: {
                "application/json": {
                    /** @description a price book */
                    book: unknown;
                    /** @description true or false */
                    dry_run?: boolean;
                    /** @description true or false */
                    force?: boolean;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        changes: {
                            change: string;
                            from: unknown;
                            model: string;
                            to: unknown;
                        }[];
                        generated: string;
                        replaces: string;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_price_overrides: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description an integer from 1 to 1000 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description the model’s name; defaults to the price book’s */
                            display_name: string | null;
                            id: string;
                            /** @description the model’s ID */
                            model: string | null;
                            /** @description USD per million tokens: `input`, `output`, `cache_write_5m`, `cache_write_1h`, `cache_read`, also `fast`, `tiers` */
                            usd_per_mtok: {
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                cache_read: number | string;
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                cache_write_1h: number | string;
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                cache_write_5m: number | string;
                                /** @description prices of the fast mode */
                                fast?: {
                                    /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                    cache_read: number | string;
                                    /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                    cache_write_1h: number | string;
                                    /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                    cache_write_5m: number | string;
                                    /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                    input: number | string;
                                    /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                    output: number | string;
                                };
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                input: number | string;
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                output: number | string;
                                /** @description prices of large prompts */
                                tiers?: {
                                    /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                    cache_read: number | string;
                                    /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                    cache_write_1h: number | string;
                                    /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                    cache_write_5m: number | string;
                                    /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                    input: number | string;
                                    /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                    output: number | string;
                                    prompt_tokens_above: number;
                                }[];
                            };
                            version: number;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_price_overrides_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the id of a model */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description the model’s name; defaults to the price book’s */
                        display_name: string | null;
                        id: string;
                        /** @description the model’s ID */
                        model: string | null;
                        /** @description USD per million tokens: `input`, `output`, `cache_write_5m`, `cache_write_1h`, `cache_read`, also `fast`, `tiers` */
                        usd_per_mtok: {
                            /** @description an amount of USD ≥ 0 with at most 9 decimals */
                            cache_read: number | string;
                            /** @description an amount of USD ≥ 0 with at most 9 decimals */
                            cache_write_1h: number | string;
                            /** @description an amount of USD ≥ 0 with at most 9 decimals */
                            cache_write_5m: number | string;
                            /** @description prices of the fast mode */
                            fast?: {
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                cache_read: number | string;
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                cache_write_1h: number | string;
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                cache_write_5m: number | string;
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                input: number | string;
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                output: number | string;
                            };
                            /** @description an amount of USD ≥ 0 with at most 9 decimals */
                            input: number | string;
                            /** @description an amount of USD ≥ 0 with at most 9 decimals */
                            output: number | string;
                            /** @description prices of large prompts */
                            tiers?: {
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                cache_read: number | string;
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                cache_write_1h: number | string;
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                cache_write_5m: number | string;
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                input: number | string;
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                output: number | string;
                                prompt_tokens_above: number;
                            }[];
                        };
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    put_admin_v1_price_overrides_id: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description the id of a model */
                id: string;
            };
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody: {
            content: {
                "application/json": {
                    /** @description the model’s name; defaults to the price book’s; a name */
                    display_name?: string;
                    /** @description USD per million tokens: `input`, `output`, `cache_write_5m`, `cache_write_1h`, `cache_read`, also `fast`, `tiers`; prices */
                    usd_per_mtok: {
                        /** @description an amount of USD ≥ 0 with at most 9 decimals */
                        cache_read: number | string;
                        /** @description an amount of USD ≥ 0 with at most 9 decimals */
                        cache_write_1h: number | string;
                        /** @description an amount of USD ≥ 0 with at most 9 decimals */
                        cache_write_5m: number | string;
                        /** @description prices of the fast mode */
                        fast?: {
                            /** @description an amount of USD ≥ 0 with at most 9 decimals */
                            cache_read: number | string;
                            /** @description an amount of USD ≥ 0 with at most 9 decimals */
                            cache_write_1h: number | string;
                            /** @description an amount of USD ≥ 0 with at most 9 decimals */
                            cache_write_5m: number | string;
                            /** @description an amount of USD ≥ 0 with at most 9 decimals */
                            input: number | string;
                            /** @description an amount of USD ≥ 0 with at most 9 decimals */
                            output: number | string;
                        };
                        /** @description an amount of USD ≥ 0 with at most 9 decimals */
                        input: number | string;
                        /** @description an amount of USD ≥ 0 with at most 9 decimals */
                        output: number | string;
                        /** @description prices of large prompts */
                        tiers?: {
                            /** @description an amount of USD ≥ 0 with at most 9 decimals */
                            cache_read: number | string;
                            /** @description an amount of USD ≥ 0 with at most 9 decimals */
                            cache_write_1h: number | string;
                            /** @description an amount of USD ≥ 0 with at most 9 decimals */
                            cache_write_5m: number | string;
                            /** @description an amount of USD ≥ 0 with at most 9 decimals */
                            input: number | string;
                            /** @description an amount of USD ≥ 0 with at most 9 decimals */
                            output: number | string;
                            prompt_tokens_above: number;
                        }[];
                    };
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description the model’s name; defaults to the price book’s */
                        display_name: string | null;
                        id: string;
                        /** @description the model’s ID */
                        model: string | null;
                        /** @description USD per million tokens: `input`, `output`, `cache_write_5m`, `cache_write_1h`, `cache_read`, also `fast`, `tiers` */
                        usd_per_mtok: {
                            /** @description an amount of USD ≥ 0 with at most 9 decimals */
                            cache_read: number | string;
                            /** @description an amount of USD ≥ 0 with at most 9 decimals */
                            cache_write_1h: number | string;
                            /** @description an amount of USD ≥ 0 with at most 9 decimals */
                            cache_write_5m: number | string;
                            /** @description prices of the fast mode */
                            fast?: {
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                cache_read: number | string;
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                cache_write_1h: number | string;
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                cache_write_5m: number | string;
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                input: number | string;
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                output: number | string;
                            };
                            /** @description an amount of USD ≥ 0 with at most 9 decimals */
                            input: number | string;
                            /** @description an amount of USD ≥ 0 with at most 9 decimals */
                            output: number | string;
                            /** @description prices of large prompts */
                            tiers?: {
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                cache_read: number | string;
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                cache_write_1h: number | string;
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                cache_write_5m: number | string;
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                input: number | string;
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                output: number | string;
                                prompt_tokens_above: number;
                            }[];
                        };
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    delete_admin_v1_price_overrides_id: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description the id of a model */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_price_versions: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description an integer from 1 to 1000 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            in_force_from: string;
                            version: string;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_prices: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        generated: string;
                        models: {
                            display_name: string;
                            /** @description former prices, in place of the current ones */
                            history: {
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                cache_read?: number | string;
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                cache_write_1h?: number | string;
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                cache_write_5m?: number | string;
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                input?: number | string;
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                output?: number | string;
                                /** @description a day: these held before its start (UTC) */
                                until: string;
                            }[];
                            id: string;
                            /** @enum {unknown} */
                            source: "book" | "override";
                            status: string;
                            /** @description prices */
                            usd_per_mtok: {
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                cache_read: number | string;
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                cache_write_1h: number | string;
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                cache_write_5m: number | string;
                                /** @description prices of the fast mode */
                                fast?: {
                                    /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                    cache_read: number | string;
                                    /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                    cache_write_1h: number | string;
                                    /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                    cache_write_5m: number | string;
                                    /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                    input: number | string;
                                    /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                    output: number | string;
                                };
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                input: number | string;
                                /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                output: number | string;
                                /** @description prices of large prompts */
                                tiers?: {
                                    /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                    cache_read: number | string;
                                    /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                    cache_write_1h: number | string;
                                    /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                    cache_write_5m: number | string;
                                    /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                    input: number | string;
                                    /** @description an amount of USD ≥ 0 with at most 9 decimals */
                                    output: number | string;
                                    prompt_tokens_above: number;
                                }[];
                            } & {
                                [key: string]: unknown;
                            };
                            /** @description of the override; 0: there is none */
                            version: number;
                        }[];
                        source: string;
                        unknown_model: {
                            input: string;
                            output: string;
                        };
                        version: string;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_proxies: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description an integer from 1 to 1000 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            id: string;
                            /** @description its name in accounts */
                            name: string;
                            /** @description a note for operators only */
                            note: string | null;
                            version: number;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_proxies: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody: {
            content: {
                "application/json": {
                    /** @description its name in accounts; a name of 1 to 100 characters, without spaces around it */
                    name: string;
                    /** @description a note for operators only; a line of 1 to 500 characters */
                    note?: string;
                    /** @description `http://`, `https://` or `socks5://`, with a user name and password if needed; stored encrypted; a URL */
                    url: string;
                };
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        /** @description its name in accounts */
                        name: string;
                        /** @description a note for operators only */
                        note: string | null;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_proxies_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        /** @description its name in accounts */
                        name: string;
                        /** @description a note for operators only */
                        note: string | null;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    delete_admin_v1_proxies_id: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    patch_admin_v1_proxies_id: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody?: {
            content: {
                "application/json": {
                    /** @description a note for operators only; a line of 1 to 500 characters, or null */
                    note?: string | null;
                    /** @description `http://`, `https://` or `socks5://`, with a user name and password if needed; stored encrypted; a URL */
                    url?: string;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        /** @description its name in accounts */
                        name: string;
                        /** @description a note for operators only */
                        note: string | null;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_proxies_id_test: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        duration_ms: number | null;
                        ok: boolean;
                        problem: string | null;
                        status: number | null;
                        target: string;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_raises: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description an integer from 1 to 1000 */
                limit?: number;
                /** @description a name of 1 to 100 characters, without spaces around it */
                team?: string;
                /** @description an e-mail address */
                user?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description by how much */
                            amount_usd: string;
                            /** @description since when */
                            created_at: (string | null) | null;
                            /** @description when it was ended before its time */
                            ended_at: (string | null) | null;
                            /** @description who gave it */
                            given_by: string | null;
                            id: string;
                            /** @description which limit is raised */
                            period: string;
                            /** @description why */
                            reason: string;
                            /** @description the team */
                            team: string;
                            /** @description until when */
                            until: string;
                            /** @description the member whose limit is raised */
                            user: string | null;
                            version: number;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_raises: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody: {
            content: {
                "application/json": {
                    /** @description by how much; an amount of USD above 0 with at most 9 decimals */
                    amount_usd: string;
                    /**
                     * @description which limit is raised; daily, weekly or monthly
                     * @enum {string}
                     */
                    period: "daily" | "weekly" | "monthly";
                    /** @description why; a line of 1 to 500 characters */
                    reason: string;
                    /** @description the team; a name of 1 to 100 characters, without spaces around it */
                    team: string;
                    /** @description until when; a time such as 2030-12-31T23:59:59Z or a day such as 2030-12-31, tomorrow or a span such as 90m or 30d */
                    until: string;
                    /** @description the member whose limit is raised; an e-mail address */
                    user?: string;
                };
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description by how much */
                        amount_usd: string;
                        /** @description since when */
                        created_at: (string | null) | null;
                        /** @description when it was ended before its time */
                        ended_at: (string | null) | null;
                        /** @description who gave it */
                        given_by: string | null;
                        id: string;
                        /** @description which limit is raised */
                        period: string;
                        /** @description why */
                        reason: string;
                        /** @description the team */
                        team: string;
                        /** @description until when */
                        until: string;
                        /** @description the member whose limit is raised */
                        user: string | null;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_raises_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description a number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description by how much */
                        amount_usd: string;
                        /** @description since when */
                        created_at: (string | null) | null;
                        /** @description when it was ended before its time */
                        ended_at: (string | null) | null;
                        /** @description who gave it */
                        given_by: string | null;
                        id: string;
                        /** @description which limit is raised */
                        period: string;
                        /** @description why */
                        reason: string;
                        /** @description the team */
                        team: string;
                        /** @description until when */
                        until: string;
                        /** @description the member whose limit is raised */
                        user: string | null;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_raises_id_end: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description a number */
                id: string;
            };
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description by how much */
                        amount_usd: string;
                        /** @description since when */
                        created_at: (string | null) | null;
                        /** @description when it was ended before its time */
                        ended_at: (string | null) | null;
                        /** @description who gave it */
                        given_by: string | null;
                        id: string;
                        /** @description which limit is raised */
                        period: string;
                        /** @description why */
                        reason: string;
                        /** @description the team */
                        team: string;
                        /** @description until when */
                        until: string;
                        /** @description the member whose limit is raised */
                        user: string | null;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_rerate: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody: {
            content: {
                "application/json": {
                    /** @description the next_cursor of the page before */
                    cursor?: string;
                    /** @description true or false */
                    dry_run?: boolean;
                    /** @description a time */
                    from: string;
                    /** @description a text of 1 to 300 characters */
                    model?: string;
                    /** @description a time */
                    to: string;
                    /** @description true or false */
                    unknown_only?: boolean;
                    /** @description a text of 1 to 300 characters */
                    user?: string;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        changed: number;
                        checked: number;
                        next_cursor: string | null;
                        users: {
                            charged_delta_usd: string;
                            cost_delta_usd: string;
                            user_email: string;
                        }[];
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_secrets_rotate: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        current: number;
                        new_key: boolean;
                        resealed: number;
                        unreadable: {
                            name: string;
                            reason: string;
                        }[];
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_settings: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description an integer from 1 to 1000 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            changeable: boolean;
                            default: string | null;
                            meaning: string;
                            name: string;
                            source: string;
                            value: string | null;
                            /** @description of its change while Sluice runs; 0: nobody has changed it */
                            version: number;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_settings_name: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the name of a setting */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        changeable: boolean;
                        default: string | null;
                        meaning: string;
                        name: string;
                        source: string;
                        value: string | null;
                        /** @description of its change while Sluice runs; 0: nobody has changed it */
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    put_admin_v1_settings_name: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description the name of a setting */
                name: string;
            };
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody: {
            content: {
                "application/json": {
                    /** @description a text, as in the environment */
                    value: string;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        changeable: boolean;
                        default: string | null;
                        meaning: string;
                        name: string;
                        source: string;
                        value: string | null;
                        /** @description of its change while Sluice runs; 0: nobody has changed it */
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    delete_admin_v1_settings_name: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description the name of a setting */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        changeable: boolean;
                        default: string | null;
                        meaning: string;
                        name: string;
                        source: string;
                        value: string | null;
                        /** @description of its change while Sluice runs; 0: nobody has changed it */
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_sign_ins: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description an integer from 1 to 1000 */
                limit?: number;
                /** @description a part of the user_email, in upper or lower case; a text of 1 to 100 characters */
                q?: string;
                /** @description active or revoked */
                status?: "active" | "revoked";
                /** @description an e-mail address */
                user?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description what it calls itself, such as `claude_code` */
                            client: (string | null) | null;
                            /** @description where it asked from to be let in */
                            client_address: (string | null) | null;
                            /** @description when it was let in */
                            created_at: (string | null) | null;
                            /** @description the group it uses */
                            group: string | null;
                            id: string;
                            /** @description the key that its usage is recorded under */
                            key: string | null;
                            /** @description when its key was last used, which other sign-ins of the same machine share */
                            last_used_at: (string | null) | null;
                            /** @description when it last got a new access token; null: never */
                            refreshed_at: (string | null) | null;
                            /** @description when it ended */
                            revoked_at: (string | null) | null;
                            /** @description `active`, or `revoked`: signed out, or ended by somebody */
                            status: string | null;
                            /** @description its program and version then */
                            user_agent: (string | null) | null;
                            /** @description its owner */
                            user_email: string | null;
                            version: number;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_sign_ins_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description a number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description what it calls itself, such as `claude_code` */
                        client: (string | null) | null;
                        /** @description where it asked from to be let in */
                        client_address: (string | null) | null;
                        /** @description when it was let in */
                        created_at: (string | null) | null;
                        /** @description the group it uses */
                        group: string | null;
                        id: string;
                        /** @description the key that its usage is recorded under */
                        key: string | null;
                        /** @description when its key was last used, which other sign-ins of the same machine share */
                        last_used_at: (string | null) | null;
                        /** @description when it last got a new access token; null: never */
                        refreshed_at: (string | null) | null;
                        /** @description when it ended */
                        revoked_at: (string | null) | null;
                        /** @description `active`, or `revoked`: signed out, or ended by somebody */
                        status: string | null;
                        /** @description its program and version then */
                        user_agent: (string | null) | null;
                        /** @description its owner */
                        user_email: string | null;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    delete_admin_v1_sign_ins_id: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description a number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_slots: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description an integer from 1 to 1000 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            in_flight: number;
                            limit: number;
                            name: string;
                            /** @enum {unknown} */
                            subject: "user" | "account";
                            waiting: number;
                            /** @description the sessions with most requests that wait for a slot of the user */
                            waiting_sessions: {
                                /** @description the start of the session's hash, as in exchanges, or of the key's where none is named; null: not told */
                                session: string | null;
                                waiting: number;
                            }[];
                            waiting_sessions_left_out: number;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_subscriptions: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description a name of 1 to 100 characters, without spaces around it */
                group?: string;
                /** @description an integer from 1 to 1000 */
                limit?: number;
                /** @description a part of the user_email or the group, in upper or lower case; a text of 1 to 100 characters */
                q?: string;
                /** @description active, upcoming, suspended, expired or revoked */
                status?: "active" | "upcoming" | "suspended" | "expired" | "revoked";
                /** @description an e-mail address */
                user?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description when it ends */
                            expires_at: (string | null) | null;
                            /** @description a group of kind subscription */
                            group: string;
                            id: string;
                            /** @description when it begins */
                            starts_at: string;
                            /**
                             * @description if suspended it cannot be used, but its days pass; `upcoming`: it begins later; `expired`: it ended
                             * @enum {string}
                             */
                            status: "active" | "upcoming" | "suspended" | "expired" | "revoked";
                            /** @description its owner */
                            user_email: string | null;
                            version: number;
                            /** @description usage of its group’s limits: `kind`, `limit_usd`, `used_usd`, `started_at`, `resets_at` */
                            windows: {
                                kind: string;
                                limit_usd: string | null;
                                resets_at: string | null;
                                started_at: string | null;
                                used_usd: string;
                            }[] | null;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_subscriptions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody: {
            content: {
                "application/json": {
                    /** @description how many days it lasts from its start; an integer from 1 to 36500 */
                    days: number;
                    /** @description a group of kind subscription; a name of 1 to 100 characters, without spaces around it */
                    group: string;
                    /** @description when it begins; a time such as 2030-12-31T23:59:59Z or a day such as 2030-12-31, today, tomorrow or a span such as 90m or 30d */
                    starts_at?: string;
                    /** @description its owner’s e-mail address; an e-mail address */
                    user: string;
                };
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description when it ends */
                        expires_at: (string | null) | null;
                        /** @description a group of kind subscription */
                        group: string;
                        id: string;
                        /** @description when it begins */
                        starts_at: string;
                        /**
                         * @description if suspended it cannot be used, but its days pass; `upcoming`: it begins later; `expired`: it ended
                         * @enum {string}
                         */
                        status: "active" | "upcoming" | "suspended" | "expired" | "revoked";
                        /** @description its owner */
                        user_email: string | null;
                        version: number;
                        /** @description usage of its group’s limits: `kind`, `limit_usd`, `used_usd`, `started_at`, `resets_at` */
                        windows: {
                            kind: string;
                            limit_usd: string | null;
                            resets_at: string | null;
                            started_at: string | null;
                            used_usd: string;
                        }[] | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_subscriptions_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description when it ends */
                        expires_at: (string | null) | null;
                        /** @description a group of kind subscription */
                        group: string;
                        id: string;
                        /** @description when it begins */
                        starts_at: string;
                        /**
                         * @description if suspended it cannot be used, but its days pass; `upcoming`: it begins later; `expired`: it ended
                         * @enum {string}
                         */
                        status: "active" | "upcoming" | "suspended" | "expired" | "revoked";
                        /** @description its owner */
                        user_email: string | null;
                        version: number;
                        /** @description usage of its group’s limits: `kind`, `limit_usd`, `used_usd`, `started_at`, `resets_at` */
                        windows: {
                            kind: string;
                            limit_usd: string | null;
                            resets_at: string | null;
                            started_at: string | null;
                            used_usd: string;
                        }[] | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_subscriptions_id_extend: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody: {
            content: {
                "application/json": {
                    /** @description an integer from 1 to 36500 */
                    days: number;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description when it ends */
                        expires_at: (string | null) | null;
                        /** @description a group of kind subscription */
                        group: string;
                        id: string;
                        /** @description when it begins */
                        starts_at: string;
                        /**
                         * @description if suspended it cannot be used, but its days pass; `upcoming`: it begins later; `expired`: it ended
                         * @enum {string}
                         */
                        status: "active" | "upcoming" | "suspended" | "expired" | "revoked";
                        /** @description its owner */
                        user_email: string | null;
                        version: number;
                        /** @description usage of its group’s limits: `kind`, `limit_usd`, `used_usd`, `started_at`, `resets_at` */
                        windows: {
                            kind: string;
                            limit_usd: string | null;
                            resets_at: string | null;
                            started_at: string | null;
                            used_usd: string;
                        }[] | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_subscriptions_id_resume: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description when it ends */
                        expires_at: (string | null) | null;
                        /** @description a group of kind subscription */
                        group: string;
                        id: string;
                        /** @description when it begins */
                        starts_at: string;
                        /**
                         * @description if suspended it cannot be used, but its days pass; `upcoming`: it begins later; `expired`: it ended
                         * @enum {string}
                         */
                        status: "active" | "upcoming" | "suspended" | "expired" | "revoked";
                        /** @description its owner */
                        user_email: string | null;
                        version: number;
                        /** @description usage of its group’s limits: `kind`, `limit_usd`, `used_usd`, `started_at`, `resets_at` */
                        windows: {
                            kind: string;
                            limit_usd: string | null;
                            resets_at: string | null;
                            started_at: string | null;
                            used_usd: string;
                        }[] | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_subscriptions_id_revoke: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description when it ends */
                        expires_at: (string | null) | null;
                        /** @description a group of kind subscription */
                        group: string;
                        id: string;
                        /** @description when it begins */
                        starts_at: string;
                        /**
                         * @description if suspended it cannot be used, but its days pass; `upcoming`: it begins later; `expired`: it ended
                         * @enum {string}
                         */
                        status: "active" | "upcoming" | "suspended" | "expired" | "revoked";
                        /** @description its owner */
                        user_email: string | null;
                        version: number;
                        /** @description usage of its group’s limits: `kind`, `limit_usd`, `used_usd`, `started_at`, `resets_at` */
                        windows: {
                            kind: string;
                            limit_usd: string | null;
                            resets_at: string | null;
                            started_at: string | null;
                            used_usd: string;
                        }[] | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_subscriptions_id_suspend: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description when it ends */
                        expires_at: (string | null) | null;
                        /** @description a group of kind subscription */
                        group: string;
                        id: string;
                        /** @description when it begins */
                        starts_at: string;
                        /**
                         * @description if suspended it cannot be used, but its days pass; `upcoming`: it begins later; `expired`: it ended
                         * @enum {string}
                         */
                        status: "active" | "upcoming" | "suspended" | "expired" | "revoked";
                        /** @description its owner */
                        user_email: string | null;
                        version: number;
                        /** @description usage of its group’s limits: `kind`, `limit_usd`, `used_usd`, `started_at`, `resets_at` */
                        windows: {
                            kind: string;
                            limit_usd: string | null;
                            resets_at: string | null;
                            started_at: string | null;
                            used_usd: string;
                        }[] | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_teams: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description an integer from 1 to 1000 */
                limit?: number;
                /** @description a part of the name, in upper or lower case; a text of 1 to 100 characters */
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description the pool: USD that all of its keys may be charged per day, after the multiplier */
                            daily_limit_usd: string | null;
                            id: string;
                            /** @description who is in it: `[{user, role, guaranteed, limits}]`; whom a change leaves out is no member any more */
                            members: {
                                guaranteed: {
                                    daily: string | null;
                                    monthly: string | null;
                                    weekly: string | null;
                                };
                                limits: {
                                    daily: string | null;
                                    monthly: string | null;
                                    weekly: string | null;
                                };
                                role: string;
                                user: string;
                            }[];
                            /** @description the pool: USD that all of its keys may be charged per month, after the multiplier */
                            monthly_limit_usd: string | null;
                            /** @description its name */
                            name: string;
                            /** @description a note for operators only */
                            note: string | null;
                            /** @description charges and limits of the pool, with what it is raised by now: `kind`, `limit_usd`, `used_usd`, `resets_at` */
                            spending: {
                                kind: string;
                                limit_usd: string | null;
                                resets_at: string;
                                started_at: string;
                                used_usd: string;
                            }[] | null;
                            /** @description requests with keys of a disabled team are rejected */
                            status: string;
                            /** @description the time zone of its days, weeks (from Monday) and months */
                            time_zone: string;
                            version: number;
                            /** @description the pool: USD that all of its keys may be charged per week, after the multiplier */
                            weekly_limit_usd: string | null;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_teams: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody: {
            content: {
                "application/json": {
                    /** @description the pool: USD that all of its keys may be charged per day, after the multiplier; an amount of USD above 0 with at most 9 decimals */
                    daily_limit_usd?: string;
                    /** @description who is in it: `[{user, role, guaranteed, limits}]`; whom a change leaves out is no member any more; a list of at most 500 members */
                    members?: {
                        /** @description a mapping */
                        guaranteed?: {
                            /** @description an amount of USD above 0 with at most 9 decimals */
                            daily?: string;
                            /** @description an amount of USD above 0 with at most 9 decimals */
                            monthly?: string;
                            /** @description an amount of USD above 0 with at most 9 decimals */
                            weekly?: string;
                        };
                        /** @description a mapping */
                        limits?: {
                            /** @description an amount of USD above 0 with at most 9 decimals */
                            daily?: string;
                            /** @description an amount of USD above 0 with at most 9 decimals */
                            monthly?: string;
                            /** @description an amount of USD above 0 with at most 9 decimals */
                            weekly?: string;
                        };
                        /**
                         * @description lead or member
                         * @enum {string}
                         */
                        role?: "lead" | "member";
                        /** @description an e-mail address */
                        user: string;
                    }[];
                    /** @description the pool: USD that all of its keys may be charged per month, after the multiplier; an amount of USD above 0 with at most 9 decimals */
                    monthly_limit_usd?: string;
                    /** @description its name; a name of 1 to 100 characters, without spaces around it */
                    name: string;
                    /** @description a note for operators only; a line of 1 to 500 characters */
                    note?: string;
                    /**
                     * @description requests with keys of a disabled team are rejected; active or disabled
                     * @enum {string}
                     */
                    status?: "active" | "disabled";
                    /** @description the time zone of its days, weeks (from Monday) and months; a time zone such as Europe/Berlin */
                    time_zone?: string;
                    /** @description the pool: USD that all of its keys may be charged per week, after the multiplier; an amount of USD above 0 with at most 9 decimals */
                    weekly_limit_usd?: string;
                };
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description the pool: USD that all of its keys may be charged per day, after the multiplier */
                        daily_limit_usd: string | null;
                        id: string;
                        /** @description who is in it: `[{user, role, guaranteed, limits}]`; whom a change leaves out is no member any more */
                        members: {
                            guaranteed: {
                                daily: string | null;
                                monthly: string | null;
                                weekly: string | null;
                            };
                            limits: {
                                daily: string | null;
                                monthly: string | null;
                                weekly: string | null;
                            };
                            role: string;
                            user: string;
                        }[];
                        /** @description the pool: USD that all of its keys may be charged per month, after the multiplier */
                        monthly_limit_usd: string | null;
                        /** @description its name */
                        name: string;
                        /** @description a note for operators only */
                        note: string | null;
                        /** @description charges and limits of the pool, with what it is raised by now: `kind`, `limit_usd`, `used_usd`, `resets_at` */
                        spending: {
                            kind: string;
                            limit_usd: string | null;
                            resets_at: string;
                            started_at: string;
                            used_usd: string;
                        }[] | null;
                        /** @description requests with keys of a disabled team are rejected */
                        status: string;
                        /** @description the time zone of its days, weeks (from Monday) and months */
                        time_zone: string;
                        version: number;
                        /** @description the pool: USD that all of its keys may be charged per week, after the multiplier */
                        weekly_limit_usd: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_teams_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description the pool: USD that all of its keys may be charged per day, after the multiplier */
                        daily_limit_usd: string | null;
                        id: string;
                        /** @description who is in it: `[{user, role, guaranteed, limits}]`; whom a change leaves out is no member any more */
                        members: {
                            guaranteed: {
                                daily: string | null;
                                monthly: string | null;
                                weekly: string | null;
                            };
                            limits: {
                                daily: string | null;
                                monthly: string | null;
                                weekly: string | null;
                            };
                            role: string;
                            user: string;
                        }[];
                        /** @description the pool: USD that all of its keys may be charged per month, after the multiplier */
                        monthly_limit_usd: string | null;
                        /** @description its name */
                        name: string;
                        /** @description a note for operators only */
                        note: string | null;
                        /** @description charges and limits of the pool, with what it is raised by now: `kind`, `limit_usd`, `used_usd`, `resets_at` */
                        spending: {
                            kind: string;
                            limit_usd: string | null;
                            resets_at: string;
                            started_at: string;
                            used_usd: string;
                        }[] | null;
                        /** @description requests with keys of a disabled team are rejected */
                        status: string;
                        /** @description the time zone of its days, weeks (from Monday) and months */
                        time_zone: string;
                        version: number;
                        /** @description the pool: USD that all of its keys may be charged per week, after the multiplier */
                        weekly_limit_usd: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    delete_admin_v1_teams_id: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    patch_admin_v1_teams_id: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody?: {
            content: {
                "application/json": {
                    /** @description the pool: USD that all of its keys may be charged per day, after the multiplier; an amount of USD above 0 with at most 9 decimals, or null */
                    daily_limit_usd?: string | null;
                    /** @description who is in it: `[{user, role, guaranteed, limits}]`; whom a change leaves out is no member any more; a list of at most 500 members */
                    members?: {
                        /** @description a mapping */
                        guaranteed?: {
                            /** @description an amount of USD above 0 with at most 9 decimals */
                            daily?: string;
                            /** @description an amount of USD above 0 with at most 9 decimals */
                            monthly?: string;
                            /** @description an amount of USD above 0 with at most 9 decimals */
                            weekly?: string;
                        };
                        /** @description a mapping */
                        limits?: {
                            /** @description an amount of USD above 0 with at most 9 decimals */
                            daily?: string;
                            /** @description an amount of USD above 0 with at most 9 decimals */
                            monthly?: string;
                            /** @description an amount of USD above 0 with at most 9 decimals */
                            weekly?: string;
                        };
                        /**
                         * @description lead or member
                         * @enum {string}
                         */
                        role?: "lead" | "member";
                        /** @description an e-mail address */
                        user: string;
                    }[];
                    /** @description the pool: USD that all of its keys may be charged per month, after the multiplier; an amount of USD above 0 with at most 9 decimals, or null */
                    monthly_limit_usd?: string | null;
                    /** @description its name; a name of 1 to 100 characters, without spaces around it */
                    name?: string;
                    /** @description a note for operators only; a line of 1 to 500 characters, or null */
                    note?: string | null;
                    /**
                     * @description requests with keys of a disabled team are rejected; active or disabled
                     * @enum {string}
                     */
                    status?: "active" | "disabled";
                    /** @description the time zone of its days, weeks (from Monday) and months; a time zone such as Europe/Berlin, or null */
                    time_zone?: string | null;
                    /** @description the pool: USD that all of its keys may be charged per week, after the multiplier; an amount of USD above 0 with at most 9 decimals, or null */
                    weekly_limit_usd?: string | null;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description the pool: USD that all of its keys may be charged per day, after the multiplier */
                        daily_limit_usd: string | null;
                        id: string;
                        /** @description who is in it: `[{user, role, guaranteed, limits}]`; whom a change leaves out is no member any more */
                        members: {
                            guaranteed: {
                                daily: string | null;
                                monthly: string | null;
                                weekly: string | null;
                            };
                            limits: {
                                daily: string | null;
                                monthly: string | null;
                                weekly: string | null;
                            };
                            role: string;
                            user: string;
                        }[];
                        /** @description the pool: USD that all of its keys may be charged per month, after the multiplier */
                        monthly_limit_usd: string | null;
                        /** @description its name */
                        name: string;
                        /** @description a note for operators only */
                        note: string | null;
                        /** @description charges and limits of the pool, with what it is raised by now: `kind`, `limit_usd`, `used_usd`, `resets_at` */
                        spending: {
                            kind: string;
                            limit_usd: string | null;
                            resets_at: string;
                            started_at: string;
                            used_usd: string;
                        }[] | null;
                        /** @description requests with keys of a disabled team are rejected */
                        status: string;
                        /** @description the time zone of its days, weeks (from Monday) and months */
                        time_zone: string;
                        version: number;
                        /** @description the pool: USD that all of its keys may be charged per week, after the multiplier */
                        weekly_limit_usd: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_teams_id_members: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description `{daily, weekly, monthly}`: USD that the others cannot use up */
                            guaranteed: {
                                /** @description a day */
                                daily: string | null;
                                /** @description a month */
                                monthly: string | null;
                                /** @description a week */
                                weekly: string | null;
                            };
                            /** @description `{daily, weekly, monthly}`: USD that the member cannot go beyond */
                            limits: {
                                /** @description a day */
                                daily: string | null;
                                /** @description a month */
                                monthly: string | null;
                                /** @description a week */
                                weekly: string | null;
                            };
                            /** @enum {unknown} */
                            role: "lead" | "member";
                            spending: {
                                guaranteed_usd: string | null;
                                /** @enum {unknown} */
                                kind: "day" | "week" | "month";
                                /** @description with what it is raised by now */
                                limit_usd: string | null;
                                /** @description what may still be charged, as the others stand now; null: nothing limits it */
                                remaining_usd: string | null;
                                resets_at: string;
                                started_at: string;
                                used_usd: string;
                            }[];
                            user: string;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    put_admin_v1_teams_id_members_user: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description an id or a name */
                id: string;
                /** @description an e-mail address */
                user: string;
            };
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody?: {
            content: {
                "application/json": {
                    /** @description `{daily, weekly, monthly}`: USD that the others cannot use up; a mapping */
                    guaranteed?: {
                        /** @description an amount of USD above 0 with at most 9 decimals */
                        daily?: string;
                        /** @description an amount of USD above 0 with at most 9 decimals */
                        monthly?: string;
                        /** @description an amount of USD above 0 with at most 9 decimals */
                        weekly?: string;
                    };
                    /** @description `{daily, weekly, monthly}`: USD that the member cannot go beyond; a mapping */
                    limits?: {
                        /** @description an amount of USD above 0 with at most 9 decimals */
                        daily?: string;
                        /** @description an amount of USD above 0 with at most 9 decimals */
                        monthly?: string;
                        /** @description an amount of USD above 0 with at most 9 decimals */
                        weekly?: string;
                    };
                    /**
                     * @description `lead`: manages the team: its members, their shares and its keys; lead or member
                     * @enum {string}
                     */
                    role?: "lead" | "member";
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description the pool: USD that all of its keys may be charged per day, after the multiplier */
                        daily_limit_usd: string | null;
                        id: string;
                        /** @description who is in it: `[{user, role, guaranteed, limits}]`; whom a change leaves out is no member any more */
                        members: {
                            guaranteed: {
                                daily: string | null;
                                monthly: string | null;
                                weekly: string | null;
                            };
                            limits: {
                                daily: string | null;
                                monthly: string | null;
                                weekly: string | null;
                            };
                            role: string;
                            user: string;
                        }[];
                        /** @description the pool: USD that all of its keys may be charged per month, after the multiplier */
                        monthly_limit_usd: string | null;
                        /** @description its name */
                        name: string;
                        /** @description a note for operators only */
                        note: string | null;
                        /** @description charges and limits of the pool, with what it is raised by now: `kind`, `limit_usd`, `used_usd`, `resets_at` */
                        spending: {
                            kind: string;
                            limit_usd: string | null;
                            resets_at: string;
                            started_at: string;
                            used_usd: string;
                        }[] | null;
                        /** @description requests with keys of a disabled team are rejected */
                        status: string;
                        /** @description the time zone of its days, weeks (from Monday) and months */
                        time_zone: string;
                        version: number;
                        /** @description the pool: USD that all of its keys may be charged per week, after the multiplier */
                        weekly_limit_usd: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    delete_admin_v1_teams_id_members_user: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description an id or a name */
                id: string;
                /** @description an e-mail address */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    patch_admin_v1_teams_id_members_user: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description an id or a name */
                id: string;
                /** @description an e-mail address */
                user: string;
            };
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody?: {
            content: {
                "application/json": {
                    /** @description `{daily, weekly, monthly}`: USD that the others cannot use up; a mapping */
                    guaranteed?: {
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        daily?: string | null;
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        monthly?: string | null;
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        weekly?: string | null;
                    };
                    /** @description `{daily, weekly, monthly}`: USD that the member cannot go beyond; a mapping */
                    limits?: {
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        daily?: string | null;
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        monthly?: string | null;
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        weekly?: string | null;
                    };
                    /** @description `lead`: manages the team: its members, their shares and its keys; lead or member, or null */
                    role?: ("lead" | "member") | null;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description the pool: USD that all of its keys may be charged per day, after the multiplier */
                        daily_limit_usd: string | null;
                        id: string;
                        /** @description who is in it: `[{user, role, guaranteed, limits}]`; whom a change leaves out is no member any more */
                        members: {
                            guaranteed: {
                                daily: string | null;
                                monthly: string | null;
                                weekly: string | null;
                            };
                            limits: {
                                daily: string | null;
                                monthly: string | null;
                                weekly: string | null;
                            };
                            role: string;
                            user: string;
                        }[];
                        /** @description the pool: USD that all of its keys may be charged per month, after the multiplier */
                        monthly_limit_usd: string | null;
                        /** @description its name */
                        name: string;
                        /** @description a note for operators only */
                        note: string | null;
                        /** @description charges and limits of the pool, with what it is raised by now: `kind`, `limit_usd`, `used_usd`, `resets_at` */
                        spending: {
                            kind: string;
                            limit_usd: string | null;
                            resets_at: string;
                            started_at: string;
                            used_usd: string;
                        }[] | null;
                        /** @description requests with keys of a disabled team are rejected */
                        status: string;
                        /** @description the time zone of its days, weeks (from Monday) and months */
                        time_zone: string;
                        version: number;
                        /** @description the pool: USD that all of its keys may be charged per week, after the multiplier */
                        weekly_limit_usd: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_trust: {
        parameters: {
            query?: {
                /** @description an integer from 1 to 400: so many days back, today among them */
                days?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        at: string;
                        audit_chain: {
                            hash: string;
                            last_entry_at: string | null;
                            old_entries: number;
                            seq: string;
                            verified: {
                                at: string;
                                broken: {
                                    id: string | null;
                                    problem: string;
                                    seq: string | null;
                                } | null;
                                entries: number;
                                head: {
                                    hash: string;
                                    seq: string;
                                };
                                ok: boolean;
                                old_entries: number;
                            } | null;
                        };
                        days: {
                            agrees: boolean;
                            balances: {
                                /** @description what events charged to balances when they were settled */
                                charged_usd: string;
                                /** @description what their ledger entries took */
                                ledger_usd: string;
                                /** @description events left out of both, since a checkpoint has taken the place of their entries */
                                summed_up: number;
                            };
                            daily: {
                                charged_usd: string;
                                cost_usd: string;
                                requests: number;
                            };
                            /** @description of UTC */
                            day: string;
                            events: {
                                charged_usd: string;
                                cost_usd: string;
                                requests: number;
                            };
                            /** @description how many of its values drifted */
                            found: number;
                            hourly: {
                                charged_usd: string;
                                cost_usd: string;
                                requests: number;
                            };
                            verified_at: string;
                        }[];
                        ledger: {
                            /** @description the last verification that came to its end */
                            last: {
                                /** @description null: it was not come to */
                                audit_chain: {
                                    broken: {
                                        id: string | null;
                                        problem: string;
                                        seq: string | null;
                                    } | null;
                                    entries: number;
                                    head: {
                                        hash: string;
                                        seq: string;
                                    };
                                    ok: boolean;
                                    old_entries: number;
                                } | null;
                                checked: {
                                    entries: number;
                                    events: number;
                                    hours: number;
                                    keys: number;
                                    subscriptions: number;
                                    teams: number;
                                    users: number;
                                };
                                drifts: {
                                    field: string;
                                    kind: string;
                                    recomputed: string;
                                    recorded: string | null;
                                    subject: string;
                                }[];
                                ended_at: string | null;
                                /** @description how many values drifted */
                                found: number;
                                id: string;
                                kinds: {
                                    /** @description by how much all of their amounts differ, without their signs */
                                    difference_usd: string;
                                    found: number;
                                    /** @enum {unknown} */
                                    kind: "balance" | "running-balance" | "charge" | "window" | "spending" | "hour" | "day" | "team-hour" | "team-day" | "lost";
                                }[];
                                problem: string | null;
                                replica: string;
                                skipped_windows: number;
                                started_at: string;
                                /** @description who asked for it; `sluice`: the one of each day */
                                started_by: string;
                                /**
                                 * @description running, agrees, drifted, failed, interrupted
                                 * @enum {unknown}
                                 */
                                state: "running" | "agrees" | "drifted" | "failed" | "interrupted";
                            } | null;
                            running: {
                                /** @description null: it was not come to */
                                audit_chain: {
                                    broken: {
                                        id: string | null;
                                        problem: string;
                                        seq: string | null;
                                    } | null;
                                    entries: number;
                                    head: {
                                        hash: string;
                                        seq: string;
                                    };
                                    ok: boolean;
                                    old_entries: number;
                                } | null;
                                checked: {
                                    entries: number;
                                    events: number;
                                    hours: number;
                                    keys: number;
                                    subscriptions: number;
                                    teams: number;
                                    users: number;
                                };
                                ended_at: string | null;
                                /** @description how many values drifted */
                                found: number;
                                id: string;
                                kinds: {
                                    /** @description by how much all of their amounts differ, without their signs */
                                    difference_usd: string;
                                    found: number;
                                    /** @enum {unknown} */
                                    kind: "balance" | "running-balance" | "charge" | "window" | "spending" | "hour" | "day" | "team-hour" | "team-day" | "lost";
                                }[];
                                problem: string | null;
                                replica: string;
                                skipped_windows: number;
                                started_at: string;
                                /** @description who asked for it; `sluice`: the one of each day */
                                started_by: string;
                                /**
                                 * @description running, agrees, drifted, failed, interrupted
                                 * @enum {unknown}
                                 */
                                state: "running" | "agrees" | "drifted" | "failed" | "interrupted";
                            } | null;
                        };
                        replicas: {
                            degraded: {
                                began_at: string;
                                journal_bytes: number | null;
                                /** @description what Sluice did meanwhile */
                                meanwhile: string;
                                /** @enum {unknown} */
                                mode: "redis_away" | "postgres_away" | "back_office_stalled" | "journal_refusing" | "usage_unsettled";
                                oldest_age_ms: number | null;
                            }[];
                            instance_id: string;
                            journal: {
                                accepting: boolean;
                                bytes: number;
                                in_flight: number;
                                oldest_at: string | null;
                                segments: number;
                                /** @description attempts that are over but not on record */
                                unsettled: number;
                            } | null;
                            live: boolean;
                            name: string;
                            reported_at: string | null;
                            /** @description it is gone, and has stopped in order */
                            stopped: boolean;
                            version: string | null;
                        }[];
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_unpriced_models: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description a time such as 2026-01-31T18:00:00Z or a day such as 2026-01-31, today, yesterday or a span such as 12h or 30d */
                from?: string;
                /** @description an integer from 1 to 1000 */
                limit?: number;
                /** @description a time such as 2026-01-31T18:00:00Z or a day such as 2026-01-31, today, yesterday, tomorrow or a span such as 12h or 30d */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            charged_usd: string;
                            cost_usd: string;
                            first_seen_at: string;
                            /** @description it has one by now: its usage can be priced anew */
                            has_price: boolean;
                            /** @description under which a price of it is found */
                            id: string;
                            last_seen_at: string;
                            requests: number;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_usage_events: {
        parameters: {
            query?: {
                /** @description a text of 1 to 300 characters, or up to 100 of them */
                account?: string[];
                /** @description final, partial or unknown, or up to 100 of them */
                basis?: ("final" | "partial" | "unknown")[];
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description a time such as 2026-01-31T18:00:00Z or a day such as 2026-01-31, today, yesterday or a span such as 12h or 30d */
                from?: string;
                /** @description a text of 1 to 300 characters, or up to 100 of them */
                group?: string[];
                /** @description a text of 1 to 300 characters, or up to 100 of them */
                key?: string[];
                /** @description an integer from 1 to 1000 */
                limit?: number;
                /** @description a text of 1 to 300 characters, or up to 100 of them */
                model?: string[];
                /** @description completed, client_closed, upstream_error, upstream_cut or interrupted, or up to 100 of them */
                outcome?: ("completed" | "client_closed" | "upstream_error" | "upstream_cut" | "interrupted")[];
                /** @description a text of 1 to 300 characters, or up to 100 of them */
                subject?: string[];
                /** @description a text of 1 to 300 characters, or up to 100 of them */
                team?: string[];
                /** @description a time such as 2026-01-31T18:00:00Z or a day such as 2026-01-31, today, yesterday, tomorrow or a span such as 12h or 30d */
                to?: string;
                /** @description a text of 1 to 300 characters, or up to 100 of them */
                user?: string[];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            account: string | null;
                            attempt: number;
                            /** @enum {unknown} */
                            basis: "final" | "partial" | "unknown";
                            cache_creation_1h_tokens: number;
                            cache_creation_5m_tokens: number;
                            cache_read_tokens: number;
                            charged_usd: string;
                            cost_usd: string;
                            created_at: string;
                            duration_ms: number;
                            exchange_id: string;
                            first_byte_ms: number | null;
                            group: string | null;
                            id: string;
                            input_tokens: number;
                            key_name: string | null;
                            model: string;
                            /** @enum {unknown} */
                            outcome: "completed" | "client_closed" | "upstream_error" | "upstream_cut" | "interrupted";
                            output_tokens: number;
                            price_unknown: boolean;
                            price_version: string;
                            queue_ms: number;
                            rate_multiplier: string;
                            requested_model: string;
                            status: number | null;
                            stream: boolean;
                            subject: string | null;
                            team: string | null;
                            upstream_request_id: string | null;
                            user_email: string | null;
                            web_search_requests: number;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_usage_summary: {
        parameters: {
            query?: {
                /** @description a text of 1 to 300 characters, or up to 100 of them */
                account?: string[];
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description a time such as 2026-01-31T18:00:00Z or a day such as 2026-01-31, today, yesterday or a span such as 12h or 30d */
                from?: string;
                /** @description a text of 1 to 300 characters, or up to 100 of them */
                group?: string[];
                /** @description one or several of user, key, group, account, model, team, hour, day, with commas between them */
                group_by?: string;
                /** @description a text of 1 to 300 characters, or up to 100 of them */
                key?: string[];
                /** @description an integer from 1 to 1000 */
                limit?: number;
                /** @description a text of 1 to 300 characters, or up to 100 of them */
                model?: string[];
                /** @description a text of 1 to 300 characters, or up to 100 of them */
                team?: string[];
                /** @description the time zone whose days are meant, such as Europe/Berlin */
                time_zone?: string;
                /** @description a time such as 2026-01-31T18:00:00Z or a day such as 2026-01-31, today, yesterday, tomorrow or a span such as 12h or 30d */
                to?: string;
                /** @description a text of 1 to 300 characters, or up to 100 of them */
                user?: string[];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            account?: string | null;
                            account_id?: string;
                            cache_creation_tokens: number;
                            cache_hit_rate: number | null;
                            cache_read_tokens: number;
                            charged_usd: string;
                            cost_usd: string;
                            day?: string;
                            errors: number;
                            group?: string | null;
                            group_id?: string;
                            hour?: string;
                            input_tokens: number;
                            key_id?: string;
                            key_name?: string | null;
                            model?: string;
                            output_tokens: number;
                            requests: number;
                            team?: string | null;
                            team_id?: string;
                            user_email?: string | null;
                            user_id?: string;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_users: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description an e-mail address */
                email?: string;
                /** @description person or service */
                kind?: "person" | "service";
                /** @description an integer from 1 to 1000 */
                limit?: number;
                /** @description an e-mail address */
                owner?: string;
                /** @description a part of the email, in upper or lower case; a text of 1 to 100 characters */
                q?: string;
                /** @description one of email, role, status, concurrency, balance_usd, last_used_at, spend_today, spend_month, with - before it for the descending order */
                sort?: "email" | "-email" | "role" | "-role" | "status" | "-status" | "concurrency" | "-concurrency" | "balance_usd" | "-balance_usd" | "last_used_at" | "-last_used_at" | "spend_today" | "-spend_today" | "spend_month" | "-spend_month";
                /** @description spend or slots, or up to 100 of them */
                with?: ("spend" | "slots")[];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description given once, at creation: the opening balance; shown: the current balance */
                            balance_usd: string;
                            /** @description maximum number of requests in flight; 0 = no limit */
                            concurrency: number;
                            /** @description unique; stored in lower case */
                            email: string;
                            id: string;
                            /** @description `service`: used by programs; nobody [signs in](sign-in.md) as one, and its owner manages its keys */
                            kind: string;
                            /** @description when one of their keys was last used */
                            last_used_at: (string | null) | null;
                            /** @description a note for operators only */
                            note: string | null;
                            /** @description service users only: the person it belongs to */
                            owner: string | null;
                            /** @description what they may do when they [sign in](sign-in.md) */
                            role: string;
                            /** @description the slots in use now; null where nobody can tell */
                            slots?: {
                                /** @description requests that hold a slot */
                                in_flight: number;
                                /** @description 0 = no limit */
                                limit: number;
                                /** @description requests that wait for one */
                                waiting: number;
                            } | null;
                            /** @description what was used today and this month (UTC) */
                            spend?: {
                                month: {
                                    /** @description what they were charged for */
                                    charged_usd: string;
                                    /** @description list cost */
                                    cost_usd: string;
                                    /** @description usage events */
                                    requests: number;
                                    /** @description when the day or the month began (UTC) */
                                    since: string;
                                };
                                today: {
                                    /** @description what they were charged for */
                                    charged_usd: string;
                                    /** @description list cost */
                                    cost_usd: string;
                                    /** @description usage events */
                                    requests: number;
                                    /** @description when the day or the month began (UTC) */
                                    since: string;
                                };
                            };
                            /** @description requests of a disabled user are rejected */
                            status: string;
                            version: number;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_users: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody: {
            content: {
                "application/json": {
                    /** @description given once, at creation: the opening balance; shown: the current balance; an amount of USD ≥ 0 with at most 9 decimals */
                    balance_usd?: string;
                    /** @description maximum number of requests in flight; 0 = no limit; an integer ≥ 0 (and at most 1000000) */
                    concurrency?: number;
                    /** @description unique; stored in lower case; an e-mail address */
                    email: string;
                    /**
                     * @description `service`: used by programs; nobody [signs in](sign-in.md) as one, and its owner manages its keys; person or service
                     * @enum {string}
                     */
                    kind?: "person" | "service";
                    /** @description a note for operators only; a line of 1 to 500 characters */
                    note?: string;
                    /** @description service users only: the person it belongs to; an e-mail address */
                    owner?: string;
                    /**
                     * @description what they may do when they [sign in](sign-in.md); admin, viewer or user
                     * @enum {string}
                     */
                    role?: "admin" | "viewer" | "user";
                    /**
                     * @description requests of a disabled user are rejected; active or disabled
                     * @enum {string}
                     */
                    status?: "active" | "disabled";
                };
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description given once, at creation: the opening balance; shown: the current balance */
                        balance_usd: string;
                        /** @description maximum number of requests in flight; 0 = no limit */
                        concurrency: number;
                        /** @description unique; stored in lower case */
                        email: string;
                        id: string;
                        /** @description `service`: used by programs; nobody [signs in](sign-in.md) as one, and its owner manages its keys */
                        kind: string;
                        /** @description when one of their keys was last used */
                        last_used_at: (string | null) | null;
                        /** @description a note for operators only */
                        note: string | null;
                        /** @description service users only: the person it belongs to */
                        owner: string | null;
                        /** @description what they may do when they [sign in](sign-in.md) */
                        role: string;
                        /** @description requests of a disabled user are rejected */
                        status: string;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_users_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description given once, at creation: the opening balance; shown: the current balance */
                        balance_usd: string;
                        /** @description maximum number of requests in flight; 0 = no limit */
                        concurrency: number;
                        /** @description unique; stored in lower case */
                        email: string;
                        id: string;
                        /** @description `service`: used by programs; nobody [signs in](sign-in.md) as one, and its owner manages its keys */
                        kind: string;
                        /** @description when one of their keys was last used */
                        last_used_at: (string | null) | null;
                        /** @description a note for operators only */
                        note: string | null;
                        /** @description service users only: the person it belongs to */
                        owner: string | null;
                        /** @description what they may do when they [sign in](sign-in.md) */
                        role: string;
                        /** @description requests of a disabled user are rejected */
                        status: string;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    delete_admin_v1_users_id: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    patch_admin_v1_users_id: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody?: {
            content: {
                "application/json": {
                    /** @description maximum number of requests in flight; 0 = no limit; an integer ≥ 0 (and at most 1000000), or null */
                    concurrency?: number | null;
                    /** @description `service`: used by programs; nobody [signs in](sign-in.md) as one, and its owner manages its keys; person or service, or null */
                    kind?: ("person" | "service") | null;
                    /** @description a note for operators only; a line of 1 to 500 characters, or null */
                    note?: string | null;
                    /** @description service users only: the person it belongs to; an e-mail address, or null */
                    owner?: string | null;
                    /** @description what they may do when they [sign in](sign-in.md); admin, viewer or user, or null */
                    role?: ("admin" | "viewer" | "user") | null;
                    /**
                     * @description requests of a disabled user are rejected; active or disabled
                     * @enum {string}
                     */
                    status?: "active" | "disabled";
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description given once, at creation: the opening balance; shown: the current balance */
                        balance_usd: string;
                        /** @description maximum number of requests in flight; 0 = no limit */
                        concurrency: number;
                        /** @description unique; stored in lower case */
                        email: string;
                        id: string;
                        /** @description `service`: used by programs; nobody [signs in](sign-in.md) as one, and its owner manages its keys */
                        kind: string;
                        /** @description when one of their keys was last used */
                        last_used_at: (string | null) | null;
                        /** @description a note for operators only */
                        note: string | null;
                        /** @description service users only: the person it belongs to */
                        owner: string | null;
                        /** @description what they may do when they [sign in](sign-in.md) */
                        role: string;
                        /** @description requests of a disabled user are rejected */
                        status: string;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_users_id_balance_adjustments: {
        parameters: {
            query?: never;
            header: {
                /** @description 1 to 200 printable ASCII characters, by which a repeated request is known */
                "idempotency-key": string;
            };
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody: {
            content: {
                "application/json": {
                    /** @description a string with an amount of USD other than 0, such as "12.50" or "-3", with at most 9 decimals */
                    amount_usd: string;
                    /**
                     * @description top-up, adjustment or refund
                     * @enum {unknown}
                     */
                    kind: "top-up" | "adjustment" | "refund";
                    /** @description a line of 1 to 500 characters */
                    note?: string;
                };
            };
        };
        responses: {
            /** @description Done */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        amount_usd: string;
                        balance_after_usd: string;
                        created_at: string;
                        id: string;
                        kind: string;
                        note: string | null;
                        source_id: string;
                        user_email: string;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_users_id_password: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody: {
            content: {
                "application/json": {
                    /** @description 12 to 256 characters long */
                    password: string;
                };
            };
        };
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_users_id_redeem: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody: {
            content: {
                "application/json": {
                    /** @description a code such as SLC-7QK2M-… */
                    code: string;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        amount_usd: string | null;
                        balance_usd: string | null;
                        days: number | null;
                        expires_at: string | null;
                        group: string | null;
                        kind: string;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_users_id_sign_out: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        sessions_ended: number;
                        /** @description of tools such as Claude Code */
                        sign_ins_ended: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_users_id_unlink: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        identities: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_verifications: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description an integer from 1 to 1000 */
                limit?: number;
                /** @description running, agrees, drifted, failed, interrupted, or up to 100 of them */
                state?: ("running" | "agrees" | "drifted" | "failed" | "interrupted")[];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description null: it was not come to */
                            audit_chain: {
                                broken: {
                                    id: string | null;
                                    problem: string;
                                    seq: string | null;
                                } | null;
                                entries: number;
                                head: {
                                    hash: string;
                                    seq: string;
                                };
                                ok: boolean;
                                old_entries: number;
                            } | null;
                            checked: {
                                entries: number;
                                events: number;
                                hours: number;
                                keys: number;
                                subscriptions: number;
                                teams: number;
                                users: number;
                            };
                            ended_at: string | null;
                            /** @description how many values drifted */
                            found: number;
                            id: string;
                            kinds: {
                                /** @description by how much all of their amounts differ, without their signs */
                                difference_usd: string;
                                found: number;
                                /** @enum {unknown} */
                                kind: "balance" | "running-balance" | "charge" | "window" | "spending" | "hour" | "day" | "team-hour" | "team-day" | "lost";
                            }[];
                            problem: string | null;
                            replica: string;
                            skipped_windows: number;
                            started_at: string;
                            /** @description who asked for it; `sluice`: the one of each day */
                            started_by: string;
                            /**
                             * @description running, agrees, drifted, failed, interrupted
                             * @enum {unknown}
                             */
                            state: "running" | "agrees" | "drifted" | "failed" | "interrupted";
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_verifications: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description null: it was not come to */
                        audit_chain: {
                            broken: {
                                id: string | null;
                                problem: string;
                                seq: string | null;
                            } | null;
                            entries: number;
                            head: {
                                hash: string;
                                seq: string;
                            };
                            ok: boolean;
                            old_entries: number;
                        } | null;
                        checked: {
                            entries: number;
                            events: number;
                            hours: number;
                            keys: number;
                            subscriptions: number;
                            teams: number;
                            users: number;
                        };
                        drifts: {
                            field: string;
                            kind: string;
                            recomputed: string;
                            recorded: string | null;
                            subject: string;
                        }[];
                        ended_at: string | null;
                        /** @description how many values drifted */
                        found: number;
                        id: string;
                        kinds: {
                            /** @description by how much all of their amounts differ, without their signs */
                            difference_usd: string;
                            found: number;
                            /** @enum {unknown} */
                            kind: "balance" | "running-balance" | "charge" | "window" | "spending" | "hour" | "day" | "team-hour" | "team-day" | "lost";
                        }[];
                        problem: string | null;
                        replica: string;
                        skipped_windows: number;
                        started_at: string;
                        /** @description who asked for it; `sluice`: the one of each day */
                        started_by: string;
                        /**
                         * @description running, agrees, drifted, failed, interrupted
                         * @enum {unknown}
                         */
                        state: "running" | "agrees" | "drifted" | "failed" | "interrupted";
                    };
                };
            };
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description null: it was not come to */
                        audit_chain: {
                            broken: {
                                id: string | null;
                                problem: string;
                                seq: string | null;
                            } | null;
                            entries: number;
                            head: {
                                hash: string;
                                seq: string;
                            };
                            ok: boolean;
                            old_entries: number;
                        } | null;
                        checked: {
                            entries: number;
                            events: number;
                            hours: number;
                            keys: number;
                            subscriptions: number;
                            teams: number;
                            users: number;
                        };
                        drifts: {
                            field: string;
                            kind: string;
                            recomputed: string;
                            recorded: string | null;
                            subject: string;
                        }[];
                        ended_at: string | null;
                        /** @description how many values drifted */
                        found: number;
                        id: string;
                        kinds: {
                            /** @description by how much all of their amounts differ, without their signs */
                            difference_usd: string;
                            found: number;
                            /** @enum {unknown} */
                            kind: "balance" | "running-balance" | "charge" | "window" | "spending" | "hour" | "day" | "team-hour" | "team-day" | "lost";
                        }[];
                        problem: string | null;
                        replica: string;
                        skipped_windows: number;
                        started_at: string;
                        /** @description who asked for it; `sluice`: the one of each day */
                        started_by: string;
                        /**
                         * @description running, agrees, drifted, failed, interrupted
                         * @enum {unknown}
                         */
                        state: "running" | "agrees" | "drifted" | "failed" | "interrupted";
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_verifications_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description a number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description null: it was not come to */
                        audit_chain: {
                            broken: {
                                id: string | null;
                                problem: string;
                                seq: string | null;
                            } | null;
                            entries: number;
                            head: {
                                hash: string;
                                seq: string;
                            };
                            ok: boolean;
                            old_entries: number;
                        } | null;
                        checked: {
                            entries: number;
                            events: number;
                            hours: number;
                            keys: number;
                            subscriptions: number;
                            teams: number;
                            users: number;
                        };
                        drifts: {
                            field: string;
                            kind: string;
                            recomputed: string;
                            recorded: string | null;
                            subject: string;
                        }[];
                        ended_at: string | null;
                        /** @description how many values drifted */
                        found: number;
                        id: string;
                        kinds: {
                            /** @description by how much all of their amounts differ, without their signs */
                            difference_usd: string;
                            found: number;
                            /** @enum {unknown} */
                            kind: "balance" | "running-balance" | "charge" | "window" | "spending" | "hour" | "day" | "team-hour" | "team-day" | "lost";
                        }[];
                        problem: string | null;
                        replica: string;
                        skipped_windows: number;
                        started_at: string;
                        /** @description who asked for it; `sluice`: the one of each day */
                        started_by: string;
                        /**
                         * @description running, agrees, drifted, failed, interrupted
                         * @enum {unknown}
                         */
                        state: "running" | "agrees" | "drifted" | "failed" | "interrupted";
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_workload_rules: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description a name of 1 to 100 characters, without spaces around it */
                group?: string;
                /** @description an integer from 1 to 1000 */
                limit?: number;
                /** @description a part of the name or the issuer, in upper or lower case; a text of 1 to 100 characters */
                q?: string;
                /** @description active or disabled */
                status?: "active" | "disabled";
                /** @description an e-mail address */
                user?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description IDs of the models it may use, among its group’s */
                            allowed_models: string[] | null;
                            /** @description what must be in their `aud` */
                            audience: string | null;
                            /** @description slots of their own: maximum number of their requests in flight; 0 = no limit; none: they use the user’s */
                            concurrency: number | null;
                            /** @description claim: value, all of which must fit; `*` stands for any text, dots lead into objects */
                            conditions: {
                                [key: string]: string;
                            };
                            /** @description the group they use */
                            group: string;
                            id: string;
                            /** @description who signs the tokens: their `iss`, to the letter */
                            issuer: string;
                            /** @description what its key is called, which usage is recorded under */
                            key_name: (string | null) | null;
                            /** @description when one of its tokens was last used */
                            last_used_at: (string | null) | null;
                            /** @description how many minutes a token lasts */
                            life_minutes: number;
                            /** @description its name, also of its key */
                            name: string;
                            /** @description a note for operators only */
                            note: string | null;
                            /** @description of several rules that match, the smallest decides */
                            priority: number;
                            /** @description `{daily, weekly, monthly, total}`: USD it may be charged, after the multiplier; windows as in its group */
                            spend_limits: {
                                /** @description a day */
                                daily: string | null;
                                /** @description a month */
                                monthly: string | null;
                                /** @description in all */
                                total: string | null;
                                /** @description a week */
                                weekly: string | null;
                            };
                            /** @description as that of a key */
                            spending: {
                                kind: string;
                                limit_usd: string | null;
                                resets_at: string | null;
                                started_at: string | null;
                                used_usd: string;
                            }[] | null;
                            /** @description if disabled, no token is exchanged and those that were are rejected */
                            status: string;
                            /** @description the user in whose name jobs ask, whose balance and, without `concurrency`, slots they use */
                            user: string;
                            version: number;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_admin_v1_workload_rules: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody: {
            content: {
                "application/json": {
                    /** @description IDs of the models it may use, among its group’s; a list of 1 to 100 ids of models */
                    allowed_models?: string[];
                    /** @description what must be in their `aud`; a line of 1 to 500 characters */
                    audience?: string;
                    /** @description slots of their own: maximum number of their requests in flight; 0 = no limit; none: they use the user’s; an integer ≥ 0 (and at most 1000000) */
                    concurrency?: number;
                    /** @description claim: value, all of which must fit; `*` stands for any text, dots lead into objects; a mapping of 1 to 50 claims to values */
                    conditions: {
                        [key: string]: string;
                    };
                    /** @description the group they use; a name of 1 to 100 characters, without spaces around it */
                    group?: string;
                    /** @description who signs the tokens: their `iss`, to the letter; an https:// URL */
                    issuer: string;
                    /** @description how many minutes a token lasts; an integer from 1 to 60 */
                    life_minutes?: number;
                    /** @description its name, also of its key; a name of 1 to 100 characters, without spaces around it */
                    name: string;
                    /** @description a note for operators only; a line of 1 to 500 characters */
                    note?: string;
                    /** @description of several rules that match, the smallest decides; an integer from 0 to 1000000 */
                    priority?: number;
                    /** @description `{daily, weekly, monthly, total}`: USD it may be charged, after the multiplier; windows as in its group; a mapping */
                    spend_limits?: {
                        /** @description an amount of USD above 0 with at most 9 decimals */
                        daily?: string;
                        /** @description an amount of USD above 0 with at most 9 decimals */
                        monthly?: string;
                        /** @description an amount of USD above 0 with at most 9 decimals */
                        total?: string;
                        /** @description an amount of USD above 0 with at most 9 decimals */
                        weekly?: string;
                    };
                    /**
                     * @description if disabled, no token is exchanged and those that were are rejected; active or disabled
                     * @enum {string}
                     */
                    status?: "active" | "disabled";
                    /** @description the user in whose name jobs ask, whose balance and, without `concurrency`, slots they use; an e-mail address */
                    user: string;
                };
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description IDs of the models it may use, among its group’s */
                        allowed_models: string[] | null;
                        /** @description what must be in their `aud` */
                        audience: string | null;
                        /** @description slots of their own: maximum number of their requests in flight; 0 = no limit; none: they use the user’s */
                        concurrency: number | null;
                        /** @description claim: value, all of which must fit; `*` stands for any text, dots lead into objects */
                        conditions: {
                            [key: string]: string;
                        };
                        /** @description the group they use */
                        group: string;
                        id: string;
                        /** @description who signs the tokens: their `iss`, to the letter */
                        issuer: string;
                        /** @description what its key is called, which usage is recorded under */
                        key_name: (string | null) | null;
                        /** @description when one of its tokens was last used */
                        last_used_at: (string | null) | null;
                        /** @description how many minutes a token lasts */
                        life_minutes: number;
                        /** @description its name, also of its key */
                        name: string;
                        /** @description a note for operators only */
                        note: string | null;
                        /** @description of several rules that match, the smallest decides */
                        priority: number;
                        /** @description `{daily, weekly, monthly, total}`: USD it may be charged, after the multiplier; windows as in its group */
                        spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description as that of a key */
                        spending: {
                            kind: string;
                            limit_usd: string | null;
                            resets_at: string | null;
                            started_at: string | null;
                            used_usd: string;
                        }[] | null;
                        /** @description if disabled, no token is exchanged and those that were are rejected */
                        status: string;
                        /** @description the user in whose name jobs ask, whose balance and, without `concurrency`, slots they use */
                        user: string;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_admin_v1_workload_rules_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description IDs of the models it may use, among its group’s */
                        allowed_models: string[] | null;
                        /** @description what must be in their `aud` */
                        audience: string | null;
                        /** @description slots of their own: maximum number of their requests in flight; 0 = no limit; none: they use the user’s */
                        concurrency: number | null;
                        /** @description claim: value, all of which must fit; `*` stands for any text, dots lead into objects */
                        conditions: {
                            [key: string]: string;
                        };
                        /** @description the group they use */
                        group: string;
                        id: string;
                        /** @description who signs the tokens: their `iss`, to the letter */
                        issuer: string;
                        /** @description what its key is called, which usage is recorded under */
                        key_name: (string | null) | null;
                        /** @description when one of its tokens was last used */
                        last_used_at: (string | null) | null;
                        /** @description how many minutes a token lasts */
                        life_minutes: number;
                        /** @description its name, also of its key */
                        name: string;
                        /** @description a note for operators only */
                        note: string | null;
                        /** @description of several rules that match, the smallest decides */
                        priority: number;
                        /** @description `{daily, weekly, monthly, total}`: USD it may be charged, after the multiplier; windows as in its group */
                        spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description as that of a key */
                        spending: {
                            kind: string;
                            limit_usd: string | null;
                            resets_at: string | null;
                            started_at: string | null;
                            used_usd: string;
                        }[] | null;
                        /** @description if disabled, no token is exchanged and those that were are rejected */
                        status: string;
                        /** @description the user in whose name jobs ask, whose balance and, without `concurrency`, slots they use */
                        user: string;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    delete_admin_v1_workload_rules_id: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    patch_admin_v1_workload_rules_id: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description an id or a name */
                id: string;
            };
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody?: {
            content: {
                "application/json": {
                    /** @description IDs of the models it may use, among its group’s; a list of 1 to 100 ids of models, or null */
                    allowed_models?: string[] | null;
                    /** @description what must be in their `aud`; a line of 1 to 500 characters, or null */
                    audience?: string | null;
                    /** @description slots of their own: maximum number of their requests in flight; 0 = no limit; none: they use the user’s; an integer ≥ 0 (and at most 1000000), or null */
                    concurrency?: number | null;
                    /** @description claim: value, all of which must fit; `*` stands for any text, dots lead into objects; a mapping of 1 to 50 claims to values */
                    conditions?: {
                        [key: string]: string;
                    };
                    /** @description the group they use; a name of 1 to 100 characters, without spaces around it, or null */
                    group?: string | null;
                    /** @description who signs the tokens: their `iss`, to the letter; an https:// URL */
                    issuer?: string;
                    /** @description how many minutes a token lasts; an integer from 1 to 60, or null */
                    life_minutes?: number | null;
                    /** @description a note for operators only; a line of 1 to 500 characters, or null */
                    note?: string | null;
                    /** @description of several rules that match, the smallest decides; an integer from 0 to 1000000, or null */
                    priority?: number | null;
                    /** @description `{daily, weekly, monthly, total}`: USD it may be charged, after the multiplier; windows as in its group; a mapping */
                    spend_limits?: {
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        daily?: string | null;
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        monthly?: string | null;
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        total?: string | null;
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        weekly?: string | null;
                    };
                    /**
                     * @description if disabled, no token is exchanged and those that were are rejected; active or disabled
                     * @enum {string}
                     */
                    status?: "active" | "disabled";
                    /** @description the user in whose name jobs ask, whose balance and, without `concurrency`, slots they use; an e-mail address */
                    user?: string;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description IDs of the models it may use, among its group’s */
                        allowed_models: string[] | null;
                        /** @description what must be in their `aud` */
                        audience: string | null;
                        /** @description slots of their own: maximum number of their requests in flight; 0 = no limit; none: they use the user’s */
                        concurrency: number | null;
                        /** @description claim: value, all of which must fit; `*` stands for any text, dots lead into objects */
                        conditions: {
                            [key: string]: string;
                        };
                        /** @description the group they use */
                        group: string;
                        id: string;
                        /** @description who signs the tokens: their `iss`, to the letter */
                        issuer: string;
                        /** @description what its key is called, which usage is recorded under */
                        key_name: (string | null) | null;
                        /** @description when one of its tokens was last used */
                        last_used_at: (string | null) | null;
                        /** @description how many minutes a token lasts */
                        life_minutes: number;
                        /** @description its name, also of its key */
                        name: string;
                        /** @description a note for operators only */
                        note: string | null;
                        /** @description of several rules that match, the smallest decides */
                        priority: number;
                        /** @description `{daily, weekly, monthly, total}`: USD it may be charged, after the multiplier; windows as in its group */
                        spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description as that of a key */
                        spending: {
                            kind: string;
                            limit_usd: string | null;
                            resets_at: string | null;
                            started_at: string | null;
                            used_usd: string;
                        }[] | null;
                        /** @description if disabled, no token is exchanged and those that were are rejected */
                        status: string;
                        /** @description the user in whose name jobs ask, whose balance and, without `concurrency`, slots they use */
                        user: string;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_me_v1: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description given once, at creation: the opening balance; shown: the current balance */
                        balance_usd: string;
                        /** @description maximum number of requests in flight; 0 = no limit */
                        concurrency: number;
                        /** @description unique; stored in lower case */
                        email: string;
                        /** @description whether a password is set */
                        has_password: boolean;
                        id: string;
                        /** @description how many keys are not revoked */
                        keys: number;
                        /** @description `service`: used by programs; nobody [signs in](sign-in.md) as one, and its owner manages its keys */
                        kind: string;
                        /** @description when one of their keys was last used */
                        last_used_at: (string | null) | null;
                        /** @description whether an OpenID provider knows them */
                        oidc_linked: boolean;
                        /** @description service users only: the person it belongs to */
                        owner: string | null;
                        /** @description what they may do when they [sign in](sign-in.md) */
                        role: string;
                        /** @description the slots in use now; null where nobody can tell */
                        slots: {
                            /** @description requests that hold a slot */
                            in_flight: number;
                            /** @description 0 = no limit */
                            limit: number;
                            /** @description requests that wait for one */
                            waiting: number;
                        } | null;
                        /** @description what was used today and this month (UTC) */
                        spend: {
                            month: {
                                /** @description what they were charged for */
                                charged_usd: string;
                                /** @description list cost */
                                cost_usd: string;
                                /** @description usage events */
                                requests: number;
                                /** @description when the day or the month began (UTC) */
                                since: string;
                            };
                            today: {
                                /** @description what they were charged for */
                                charged_usd: string;
                                /** @description list cost */
                                cost_usd: string;
                                /** @description usage events */
                                requests: number;
                                /** @description when the day or the month began (UTC) */
                                since: string;
                            };
                        };
                        /** @description the subscriptions, with what their windows still allow */
                        subscriptions: {
                            /** @description when it ends */
                            expires_at: (string | null) | null;
                            /** @description a group of kind subscription */
                            group: string;
                            id: string;
                            /** @description when it begins */
                            starts_at: string;
                            /**
                             * @description if suspended it cannot be used, but its days pass; `upcoming`: it begins later; `expired`: it ended
                             * @enum {string}
                             */
                            status: "active" | "upcoming" | "suspended" | "expired" | "revoked";
                            /** @description its owner */
                            user_email: string | null;
                            version: number;
                            /** @description usage of its group’s limits: `kind`, `limit_usd`, `used_usd`, `started_at`, `resets_at` */
                            windows: {
                                kind: string;
                                limit_usd: string | null;
                                resets_at: string | null;
                                started_at: string | null;
                                used_usd: string;
                            }[] | null;
                        }[];
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_me_v1_claude_sign_ins: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description an integer from 1 to 1000 */
                limit?: number;
                /** @description active or revoked */
                status?: "active" | "revoked";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description what it calls itself, such as `claude_code` */
                            client: (string | null) | null;
                            /** @description where it asked from to be let in */
                            client_address: (string | null) | null;
                            /** @description when it was let in */
                            created_at: (string | null) | null;
                            /** @description the group it uses */
                            group: string | null;
                            id: string;
                            /** @description the key that its usage is recorded under */
                            key: string | null;
                            /** @description when its key was last used, which other sign-ins of the same machine share */
                            last_used_at: (string | null) | null;
                            /** @description when it last got a new access token; null: never */
                            refreshed_at: (string | null) | null;
                            /** @description when it ended */
                            revoked_at: (string | null) | null;
                            /** @description `active`, or `revoked`: signed out, or ended by somebody */
                            status: string | null;
                            /** @description its program and version then */
                            user_agent: (string | null) | null;
                            /** @description its owner */
                            user_email: string | null;
                            version: number;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    delete_me_v1_claude_sign_ins_id: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description a number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_me_v1_console_link: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody: {
            content: {
                "application/json": {
                    /** @description the code of a link */
                    code: string;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description the port of the Messages API, if it is another than that of the admin API */
                        clients_port: number | null;
                        /** @description where clients reach the Messages API, without /v1, if CLIENTS_URL says so */
                        clients_url: string | null;
                        expires_at: string;
                        /** @description false for an operator by a link, who has nothing of their own */
                        is_user: boolean;
                        /** @enum {unknown} */
                        method: "password" | "oidc" | "link";
                        /** @description an e-mail address; an operator's name, who came by a link of `sluice console` */
                        name: string;
                        /** @enum {unknown} */
                        role: "admin" | "viewer" | "user";
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_me_v1_device_codes_user_code: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the code that it shows, such as BCDF-GHJK */
                user_code: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description what it calls itself, such as `claude_code` */
                        client: string | null;
                        client_address: string | null;
                        created_at: string;
                        expires_at: string;
                        /** @description what the person may let it use */
                        groups: {
                            /**
                             * @description what pays for its use
                             * @enum {unknown}
                             */
                            kind: "balance" | "subscription";
                            name: string;
                        }[];
                        user_agent: string | null;
                        user_code: string;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_me_v1_device_codes_user_code_approve: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the code that it shows, such as BCDF-GHJK */
                user_code: string;
            };
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody?: {
            content: {
                "application/json": {
                    /** @description the group that it may use; `default` when left out; a name of 1 to 100 characters, without spaces around it */
                    group?: string;
                };
            };
        };
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_me_v1_device_codes_user_code_deny: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the code that it shows, such as BCDF-GHJK */
                user_code: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_me_v1_exchanges_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the id of an exchange */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        attempts: {
                            attempt: number;
                            duration_ms: number;
                            /** @description whether usage of it is to be on record */
                            may_have_cost: boolean | null;
                            /** @enum {unknown} */
                            result: "answered" | "refused" | "broken" | "gone";
                            started_at: string;
                            status: number | null;
                            upstream_model: string;
                            /** @description what its failure means */
                            verdict: string | null;
                        }[];
                        choices: {
                            affinity: ("none" | "new" | "kept" | "moved" | "spilled") | null;
                            at: string;
                            /** @description how many accounts could serve it */
                            candidates: number;
                            /** @description whether there was a slot on one */
                            found: boolean;
                            left_out: number;
                            move: {
                                cache_read_tokens: number;
                                extra_cost_usd: string;
                            } | null;
                            passed_over: {
                                accounts: number;
                                /** @description why one could not */
                                reason: string;
                            }[];
                        }[];
                        client_gone: boolean;
                        created_at: string;
                        ended_at: string;
                        error: {
                            message: string;
                            type: string;
                        } | null;
                        group: string | null;
                        id: string;
                        key_name: string | null;
                        kind: ("messages" | "count_tokens") | null;
                        /** @description entries for which there was no room */
                        left_out: number;
                        limits: {
                            at: string;
                            detail: string | null;
                            limit: string | null;
                            name: string;
                            /** @enum {unknown} */
                            outcome: "passed" | "refused";
                            used: string | null;
                        }[];
                        model: string | null;
                        pinned: boolean | null;
                        refused_early: {
                            address: string | null;
                            keys: string | null;
                            path: string | null;
                        } | null;
                        /** @description the start of the session's hash, as where it waits for a slot; where none is named, of what its requests say */
                        session: string | null;
                        status: number | null;
                        stream: boolean | null;
                        usage: {
                            attempt: number;
                            /** @enum {unknown} */
                            basis: "final" | "partial" | "unknown";
                            cache_creation_1h_tokens: number;
                            cache_creation_5m_tokens: number;
                            cache_read_tokens: number;
                            charged_usd: string;
                            cost_usd: string;
                            created_at: string;
                            duration_ms: number;
                            exchange_id: string;
                            first_byte_ms: number | null;
                            /** @description null where the prices of that time are not on record */
                            formula: {
                                charged_usd: string;
                                cost_usd: string;
                                inference_geo: string | null;
                                lines: {
                                    amount_usd: string;
                                    /** @enum {unknown} */
                                    category: "input" | "output" | "cacheWrite5m" | "cacheWrite1h" | "cacheRead" | "webSearch";
                                    model: string | null;
                                    per: number;
                                    /** @description of so many as `per` says */
                                    price_usd: string;
                                    quantity: number;
                                }[];
                                /** @description whether that is what is on record */
                                matches: boolean;
                                price_unknown: boolean;
                                rate_multiplier: string;
                                service_tier: string | null;
                                speed: string | null;
                                /** @description of the lines, before it is rounded */
                                sum_usd: string;
                            } | null;
                            group: string | null;
                            id: string;
                            input_tokens: number;
                            key_name: string | null;
                            model: string;
                            /** @enum {unknown} */
                            outcome: "completed" | "client_closed" | "upstream_error" | "upstream_cut" | "interrupted";
                            output_tokens: number;
                            price_unknown: boolean;
                            price_version: string;
                            queue_ms: number;
                            rate_multiplier: string;
                            requested_model: string;
                            status: number | null;
                            stream: boolean;
                            subject: string | null;
                            team: string | null;
                            user_email: string | null;
                            web_search_requests: number;
                        }[];
                        user_email: string | null;
                        waits: {
                            at: string;
                            /** @enum {unknown} */
                            for: "user" | "account";
                            ms: number;
                            /** @description other sessions of the user that waited when it began to wait for a user's slot; each may have had one turn before */
                            other_sessions: number | null;
                            /** @enum {unknown} */
                            outcome: "granted" | "timed_out" | "left";
                        }[];
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_me_v1_groups: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description an integer from 1 to 1000 */
                limit?: number;
                /** @description a service user of the person’s, instead of themselves; the address of a service user that belongs to the person */
                user?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description the latest expires_at of a new key, which must then have one; null: it needs none */
                            keys_until: string | null;
                            /**
                             * @description what pays for its keys
                             * @enum {unknown}
                             */
                            kind: "balance" | "subscription";
                            name: string;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_me_v1_keys: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description an integer from 1 to 1000 */
                limit?: number;
                /** @description a service user of the person’s, instead of themselves; the address of a service user that belongs to the person */
                user?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description addresses and networks (`10.0.0.0/8`) its requests may come from; see `TRUST_PROXY` */
                            allowed_ips: string[] | null;
                            /** @description IDs of the models it may use, among its group’s */
                            allowed_models: string[] | null;
                            /** @description what stops it when it runs away: [brakes.md](brakes.md); what is not set is as `BRAKES` says */
                            brakes: {
                                /** @description what it does when one of these is reached */
                                action: string | null;
                                /** @description requests a minute that an agent of a session may make; 0: no limit */
                                agent_requests: number | null;
                                /** @description USD that an agent of a session may be charged within `spend_minutes`; 0: no limit */
                                agent_spend_usd: string | null;
                                /** @description what so many do */
                                identical_action: string | null;
                                /** @description how many identical turns in a row of one agent are too many */
                                identical_turns: number | null;
                                /** @description requests a minute that the key may make; 0: no limit */
                                key_requests: number | null;
                                /** @description USD that the key may be charged within `spend_minutes`; 0: no limit */
                                key_spend_usd: string | null;
                                /** @description how many minutes a pause lasts; 0: until it is resumed */
                                pause_minutes: number | null;
                                /** @description requests a minute that a session may make; 0: no limit */
                                session_requests: number | null;
                                /** @description USD that a session may be charged within `spend_minutes`; 0: no limit */
                                session_spend_usd: string | null;
                                /** @description how many minutes of spending count */
                                spend_minutes: number | null;
                            };
                            /** @description when it expires */
                            expires_at: string | null;
                            /** @description the group it uses */
                            group: string;
                            id: string;
                            /** @description when it was last used */
                            last_used_at: (string | null) | null;
                            /**
                             * @description how it was made: by hand, or for what [signs in](sign-in.md), which asks with tokens of its own
                             * @enum {string}
                             */
                            made_by: "hand" | "sign-in" | "workload";
                            /** @description its name, unique among its owner’s keys */
                            name: string;
                            /** @description to which addresses and networks its owner limits it */
                            own_allowed_ips: string[] | null;
                            /** @description to which models its owner limits it */
                            own_allowed_models: string[] | null;
                            /** @description when it expires by its owner’s wish */
                            own_expires_at: string | null;
                            /** @description as `spend_limits`, set by its owner */
                            own_spend_limits: {
                                /** @description a day */
                                daily: string | null;
                                /** @description a month */
                                monthly: string | null;
                                /** @description in all */
                                total: string | null;
                                /** @description a week */
                                weekly: string | null;
                            };
                            /** @description the first characters of its secret */
                            prefix: string | null;
                            /** @description when the secret from before the last rotation stops working */
                            previous_key_until: (string | null) | null;
                            /** @description why its requests are rejected now, as its holder is told; what is not settled is not counted */
                            problem: (string | null) | null;
                            /** @description when it was permanently revoked */
                            revoked_at: (string | null) | null;
                            /** @description `{daily, weekly, monthly, total}`: USD it may be charged, after the multiplier; windows as in its group */
                            spend_limits: {
                                /** @description a day */
                                daily: string | null;
                                /** @description a month */
                                monthly: string | null;
                                /** @description in all */
                                total: string | null;
                                /** @description a week */
                                weekly: string | null;
                            };
                            /** @description its charges and limits: `kind`, `limit_usd`, `used_usd`, `started_at`, `resets_at` */
                            spending: {
                                kind: string;
                                limit_usd: string | null;
                                resets_at: string | null;
                                started_at: string | null;
                                used_usd: string;
                            }[] | null;
                            /** @description requests with a disabled key are rejected; `revoked` is permanent; `expired`: it is past its end */
                            status: string;
                            /** @description the team that its usage counts in, of which its owner is a member */
                            team: string | null;
                            /** @description as `spend_limits`, set by a lead of its team */
                            team_spend_limits: {
                                /** @description a day */
                                daily: string | null;
                                /** @description a month */
                                monthly: string | null;
                                /** @description in all */
                                total: string | null;
                                /** @description a week */
                                weekly: string | null;
                            };
                            /** @description its owner */
                            user_email: string | null;
                            version: number;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_me_v1_keys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody: {
            content: {
                "application/json": {
                    /** @description when it expires; a time such as 2030-12-31T23:59:59Z or a day such as 2030-12-31, tomorrow or a span such as 90m or 30d */
                    expires_at?: string;
                    /** @description the group it uses; a name of 1 to 100 characters, without spaces around it */
                    group?: string;
                    /** @description its name, unique among its owner’s keys; a name of 1 to 100 characters, without spaces around it */
                    name: string;
                    /** @description to which addresses and networks its owner limits it; a list of 1 to 100 addresses or networks such as 10.0.0.0/8 */
                    own_allowed_ips?: string[];
                    /** @description to which models its owner limits it; a list of 1 to 100 ids of models */
                    own_allowed_models?: string[];
                    /** @description when it expires by its owner’s wish; a time such as 2030-12-31T23:59:59Z or a day such as 2030-12-31, tomorrow or a span such as 90m or 30d */
                    own_expires_at?: string;
                    /** @description as `spend_limits`, set by its owner; a mapping */
                    own_spend_limits?: {
                        /** @description an amount of USD above 0 with at most 9 decimals */
                        daily?: string;
                        /** @description an amount of USD above 0 with at most 9 decimals */
                        monthly?: string;
                        /** @description an amount of USD above 0 with at most 9 decimals */
                        total?: string;
                        /** @description an amount of USD above 0 with at most 9 decimals */
                        weekly?: string;
                    };
                    /** @description the team that its usage counts in, of which its owner is a member; a name of 1 to 100 characters, without spaces around it */
                    team?: string;
                    /** @description a service user of the person’s, instead of themselves; the address of a service user that belongs to the person */
                    user?: string;
                };
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description addresses and networks (`10.0.0.0/8`) its requests may come from; see `TRUST_PROXY` */
                        allowed_ips: string[] | null;
                        /** @description IDs of the models it may use, among its group’s */
                        allowed_models: string[] | null;
                        /** @description what stops it when it runs away: [brakes.md](brakes.md); what is not set is as `BRAKES` says */
                        brakes: {
                            /** @description what it does when one of these is reached */
                            action: string | null;
                            /** @description requests a minute that an agent of a session may make; 0: no limit */
                            agent_requests: number | null;
                            /** @description USD that an agent of a session may be charged within `spend_minutes`; 0: no limit */
                            agent_spend_usd: string | null;
                            /** @description what so many do */
                            identical_action: string | null;
                            /** @description how many identical turns in a row of one agent are too many */
                            identical_turns: number | null;
                            /** @description requests a minute that the key may make; 0: no limit */
                            key_requests: number | null;
                            /** @description USD that the key may be charged within `spend_minutes`; 0: no limit */
                            key_spend_usd: string | null;
                            /** @description how many minutes a pause lasts; 0: until it is resumed */
                            pause_minutes: number | null;
                            /** @description requests a minute that a session may make; 0: no limit */
                            session_requests: number | null;
                            /** @description USD that a session may be charged within `spend_minutes`; 0: no limit */
                            session_spend_usd: string | null;
                            /** @description how many minutes of spending count */
                            spend_minutes: number | null;
                        };
                        /** @description when it expires */
                        expires_at: string | null;
                        /** @description the group it uses */
                        group: string;
                        id: string;
                        key: string;
                        /** @description when it was last used */
                        last_used_at: (string | null) | null;
                        /**
                         * @description how it was made: by hand, or for what [signs in](sign-in.md), which asks with tokens of its own
                         * @enum {string}
                         */
                        made_by: "hand" | "sign-in" | "workload";
                        /** @description its name, unique among its owner’s keys */
                        name: string;
                        /** @description to which addresses and networks its owner limits it */
                        own_allowed_ips: string[] | null;
                        /** @description to which models its owner limits it */
                        own_allowed_models: string[] | null;
                        /** @description when it expires by its owner’s wish */
                        own_expires_at: string | null;
                        /** @description as `spend_limits`, set by its owner */
                        own_spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description the first characters of its secret */
                        prefix: string | null;
                        /** @description when the secret from before the last rotation stops working */
                        previous_key_until: (string | null) | null;
                        /** @description why its requests are rejected now, as its holder is told; what is not settled is not counted */
                        problem: (string | null) | null;
                        /** @description when it was permanently revoked */
                        revoked_at: (string | null) | null;
                        /** @description `{daily, weekly, monthly, total}`: USD it may be charged, after the multiplier; windows as in its group */
                        spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description its charges and limits: `kind`, `limit_usd`, `used_usd`, `started_at`, `resets_at` */
                        spending: {
                            kind: string;
                            limit_usd: string | null;
                            resets_at: string | null;
                            started_at: string | null;
                            used_usd: string;
                        }[] | null;
                        /** @description requests with a disabled key are rejected; `revoked` is permanent; `expired`: it is past its end */
                        status: string;
                        /** @description the team that its usage counts in, of which its owner is a member */
                        team: string | null;
                        /** @description as `spend_limits`, set by a lead of its team */
                        team_spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description its owner */
                        user_email: string | null;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_me_v1_keys_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description a number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description addresses and networks (`10.0.0.0/8`) its requests may come from; see `TRUST_PROXY` */
                        allowed_ips: string[] | null;
                        /** @description IDs of the models it may use, among its group’s */
                        allowed_models: string[] | null;
                        /** @description what stops it when it runs away: [brakes.md](brakes.md); what is not set is as `BRAKES` says */
                        brakes: {
                            /** @description what it does when one of these is reached */
                            action: string | null;
                            /** @description requests a minute that an agent of a session may make; 0: no limit */
                            agent_requests: number | null;
                            /** @description USD that an agent of a session may be charged within `spend_minutes`; 0: no limit */
                            agent_spend_usd: string | null;
                            /** @description what so many do */
                            identical_action: string | null;
                            /** @description how many identical turns in a row of one agent are too many */
                            identical_turns: number | null;
                            /** @description requests a minute that the key may make; 0: no limit */
                            key_requests: number | null;
                            /** @description USD that the key may be charged within `spend_minutes`; 0: no limit */
                            key_spend_usd: string | null;
                            /** @description how many minutes a pause lasts; 0: until it is resumed */
                            pause_minutes: number | null;
                            /** @description requests a minute that a session may make; 0: no limit */
                            session_requests: number | null;
                            /** @description USD that a session may be charged within `spend_minutes`; 0: no limit */
                            session_spend_usd: string | null;
                            /** @description how many minutes of spending count */
                            spend_minutes: number | null;
                        };
                        /** @description when it expires */
                        expires_at: string | null;
                        /** @description the group it uses */
                        group: string;
                        id: string;
                        /** @description when it was last used */
                        last_used_at: (string | null) | null;
                        /**
                         * @description how it was made: by hand, or for what [signs in](sign-in.md), which asks with tokens of its own
                         * @enum {string}
                         */
                        made_by: "hand" | "sign-in" | "workload";
                        /** @description its name, unique among its owner’s keys */
                        name: string;
                        /** @description to which addresses and networks its owner limits it */
                        own_allowed_ips: string[] | null;
                        /** @description to which models its owner limits it */
                        own_allowed_models: string[] | null;
                        /** @description when it expires by its owner’s wish */
                        own_expires_at: string | null;
                        /** @description as `spend_limits`, set by its owner */
                        own_spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description the first characters of its secret */
                        prefix: string | null;
                        /** @description when the secret from before the last rotation stops working */
                        previous_key_until: (string | null) | null;
                        /** @description why its requests are rejected now, as its holder is told; what is not settled is not counted */
                        problem: (string | null) | null;
                        /** @description when it was permanently revoked */
                        revoked_at: (string | null) | null;
                        /** @description `{daily, weekly, monthly, total}`: USD it may be charged, after the multiplier; windows as in its group */
                        spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description its charges and limits: `kind`, `limit_usd`, `used_usd`, `started_at`, `resets_at` */
                        spending: {
                            kind: string;
                            limit_usd: string | null;
                            resets_at: string | null;
                            started_at: string | null;
                            used_usd: string;
                        }[] | null;
                        /** @description requests with a disabled key are rejected; `revoked` is permanent; `expired`: it is past its end */
                        status: string;
                        /** @description the team that its usage counts in, of which its owner is a member */
                        team: string | null;
                        /** @description as `spend_limits`, set by a lead of its team */
                        team_spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description its owner */
                        user_email: string | null;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    patch_me_v1_keys_id: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description a number */
                id: string;
            };
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody?: {
            content: {
                "application/json": {
                    /** @description its name, unique among its owner’s keys; a name of 1 to 100 characters, without spaces around it */
                    name?: string;
                    /** @description to which addresses and networks its owner limits it; a list of 1 to 100 addresses or networks such as 10.0.0.0/8, or null */
                    own_allowed_ips?: string[] | null;
                    /** @description to which models its owner limits it; a list of 1 to 100 ids of models, or null */
                    own_allowed_models?: string[] | null;
                    /** @description when it expires by its owner’s wish; a time such as 2030-12-31T23:59:59Z or a day such as 2030-12-31, tomorrow or a span such as 90m or 30d, or null */
                    own_expires_at?: string | null;
                    /** @description as `spend_limits`, set by its owner; a mapping */
                    own_spend_limits?: {
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        daily?: string | null;
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        monthly?: string | null;
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        total?: string | null;
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        weekly?: string | null;
                    };
                    /**
                     * @description requests with a disabled key are rejected; `revoked` is permanent; `expired`: it is past its end; active or disabled
                     * @enum {string}
                     */
                    status?: "active" | "disabled";
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description addresses and networks (`10.0.0.0/8`) its requests may come from; see `TRUST_PROXY` */
                        allowed_ips: string[] | null;
                        /** @description IDs of the models it may use, among its group’s */
                        allowed_models: string[] | null;
                        /** @description what stops it when it runs away: [brakes.md](brakes.md); what is not set is as `BRAKES` says */
                        brakes: {
                            /** @description what it does when one of these is reached */
                            action: string | null;
                            /** @description requests a minute that an agent of a session may make; 0: no limit */
                            agent_requests: number | null;
                            /** @description USD that an agent of a session may be charged within `spend_minutes`; 0: no limit */
                            agent_spend_usd: string | null;
                            /** @description what so many do */
                            identical_action: string | null;
                            /** @description how many identical turns in a row of one agent are too many */
                            identical_turns: number | null;
                            /** @description requests a minute that the key may make; 0: no limit */
                            key_requests: number | null;
                            /** @description USD that the key may be charged within `spend_minutes`; 0: no limit */
                            key_spend_usd: string | null;
                            /** @description how many minutes a pause lasts; 0: until it is resumed */
                            pause_minutes: number | null;
                            /** @description requests a minute that a session may make; 0: no limit */
                            session_requests: number | null;
                            /** @description USD that a session may be charged within `spend_minutes`; 0: no limit */
                            session_spend_usd: string | null;
                            /** @description how many minutes of spending count */
                            spend_minutes: number | null;
                        };
                        /** @description when it expires */
                        expires_at: string | null;
                        /** @description the group it uses */
                        group: string;
                        id: string;
                        /** @description when it was last used */
                        last_used_at: (string | null) | null;
                        /**
                         * @description how it was made: by hand, or for what [signs in](sign-in.md), which asks with tokens of its own
                         * @enum {string}
                         */
                        made_by: "hand" | "sign-in" | "workload";
                        /** @description its name, unique among its owner’s keys */
                        name: string;
                        /** @description to which addresses and networks its owner limits it */
                        own_allowed_ips: string[] | null;
                        /** @description to which models its owner limits it */
                        own_allowed_models: string[] | null;
                        /** @description when it expires by its owner’s wish */
                        own_expires_at: string | null;
                        /** @description as `spend_limits`, set by its owner */
                        own_spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description the first characters of its secret */
                        prefix: string | null;
                        /** @description when the secret from before the last rotation stops working */
                        previous_key_until: (string | null) | null;
                        /** @description why its requests are rejected now, as its holder is told; what is not settled is not counted */
                        problem: (string | null) | null;
                        /** @description when it was permanently revoked */
                        revoked_at: (string | null) | null;
                        /** @description `{daily, weekly, monthly, total}`: USD it may be charged, after the multiplier; windows as in its group */
                        spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description its charges and limits: `kind`, `limit_usd`, `used_usd`, `started_at`, `resets_at` */
                        spending: {
                            kind: string;
                            limit_usd: string | null;
                            resets_at: string | null;
                            started_at: string | null;
                            used_usd: string;
                        }[] | null;
                        /** @description requests with a disabled key are rejected; `revoked` is permanent; `expired`: it is past its end */
                        status: string;
                        /** @description the team that its usage counts in, of which its owner is a member */
                        team: string | null;
                        /** @description as `spend_limits`, set by a lead of its team */
                        team_spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description its owner */
                        user_email: string | null;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_me_v1_keys_id_revoke: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description a number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description addresses and networks (`10.0.0.0/8`) its requests may come from; see `TRUST_PROXY` */
                        allowed_ips: string[] | null;
                        /** @description IDs of the models it may use, among its group’s */
                        allowed_models: string[] | null;
                        /** @description what stops it when it runs away: [brakes.md](brakes.md); what is not set is as `BRAKES` says */
                        brakes: {
                            /** @description what it does when one of these is reached */
                            action: string | null;
                            /** @description requests a minute that an agent of a session may make; 0: no limit */
                            agent_requests: number | null;
                            /** @description USD that an agent of a session may be charged within `spend_minutes`; 0: no limit */
                            agent_spend_usd: string | null;
                            /** @description what so many do */
                            identical_action: string | null;
                            /** @description how many identical turns in a row of one agent are too many */
                            identical_turns: number | null;
                            /** @description requests a minute that the key may make; 0: no limit */
                            key_requests: number | null;
                            /** @description USD that the key may be charged within `spend_minutes`; 0: no limit */
                            key_spend_usd: string | null;
                            /** @description how many minutes a pause lasts; 0: until it is resumed */
                            pause_minutes: number | null;
                            /** @description requests a minute that a session may make; 0: no limit */
                            session_requests: number | null;
                            /** @description USD that a session may be charged within `spend_minutes`; 0: no limit */
                            session_spend_usd: string | null;
                            /** @description how many minutes of spending count */
                            spend_minutes: number | null;
                        };
                        /** @description when it expires */
                        expires_at: string | null;
                        /** @description the group it uses */
                        group: string;
                        id: string;
                        /** @description when it was last used */
                        last_used_at: (string | null) | null;
                        /**
                         * @description how it was made: by hand, or for what [signs in](sign-in.md), which asks with tokens of its own
                         * @enum {string}
                         */
                        made_by: "hand" | "sign-in" | "workload";
                        /** @description its name, unique among its owner’s keys */
                        name: string;
                        /** @description to which addresses and networks its owner limits it */
                        own_allowed_ips: string[] | null;
                        /** @description to which models its owner limits it */
                        own_allowed_models: string[] | null;
                        /** @description when it expires by its owner’s wish */
                        own_expires_at: string | null;
                        /** @description as `spend_limits`, set by its owner */
                        own_spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description the first characters of its secret */
                        prefix: string | null;
                        /** @description when the secret from before the last rotation stops working */
                        previous_key_until: (string | null) | null;
                        /** @description why its requests are rejected now, as its holder is told; what is not settled is not counted */
                        problem: (string | null) | null;
                        /** @description when it was permanently revoked */
                        revoked_at: (string | null) | null;
                        /** @description `{daily, weekly, monthly, total}`: USD it may be charged, after the multiplier; windows as in its group */
                        spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description its charges and limits: `kind`, `limit_usd`, `used_usd`, `started_at`, `resets_at` */
                        spending: {
                            kind: string;
                            limit_usd: string | null;
                            resets_at: string | null;
                            started_at: string | null;
                            used_usd: string;
                        }[] | null;
                        /** @description requests with a disabled key are rejected; `revoked` is permanent; `expired`: it is past its end */
                        status: string;
                        /** @description the team that its usage counts in, of which its owner is a member */
                        team: string | null;
                        /** @description as `spend_limits`, set by a lead of its team */
                        team_spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description its owner */
                        user_email: string | null;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_me_v1_keys_id_rotate: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description a number */
                id: string;
            };
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody?: {
            content: {
                "application/json": {
                    /** @description an integer from 0 to 604800 */
                    overlap_s?: number;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description addresses and networks (`10.0.0.0/8`) its requests may come from; see `TRUST_PROXY` */
                        allowed_ips: string[] | null;
                        /** @description IDs of the models it may use, among its group’s */
                        allowed_models: string[] | null;
                        /** @description what stops it when it runs away: [brakes.md](brakes.md); what is not set is as `BRAKES` says */
                        brakes: {
                            /** @description what it does when one of these is reached */
                            action: string | null;
                            /** @description requests a minute that an agent of a session may make; 0: no limit */
                            agent_requests: number | null;
                            /** @description USD that an agent of a session may be charged within `spend_minutes`; 0: no limit */
                            agent_spend_usd: string | null;
                            /** @description what so many do */
                            identical_action: string | null;
                            /** @description how many identical turns in a row of one agent are too many */
                            identical_turns: number | null;
                            /** @description requests a minute that the key may make; 0: no limit */
                            key_requests: number | null;
                            /** @description USD that the key may be charged within `spend_minutes`; 0: no limit */
                            key_spend_usd: string | null;
                            /** @description how many minutes a pause lasts; 0: until it is resumed */
                            pause_minutes: number | null;
                            /** @description requests a minute that a session may make; 0: no limit */
                            session_requests: number | null;
                            /** @description USD that a session may be charged within `spend_minutes`; 0: no limit */
                            session_spend_usd: string | null;
                            /** @description how many minutes of spending count */
                            spend_minutes: number | null;
                        };
                        /** @description when it expires */
                        expires_at: string | null;
                        /** @description the group it uses */
                        group: string;
                        id: string;
                        key: string;
                        /** @description when it was last used */
                        last_used_at: (string | null) | null;
                        /**
                         * @description how it was made: by hand, or for what [signs in](sign-in.md), which asks with tokens of its own
                         * @enum {string}
                         */
                        made_by: "hand" | "sign-in" | "workload";
                        /** @description its name, unique among its owner’s keys */
                        name: string;
                        /** @description to which addresses and networks its owner limits it */
                        own_allowed_ips: string[] | null;
                        /** @description to which models its owner limits it */
                        own_allowed_models: string[] | null;
                        /** @description when it expires by its owner’s wish */
                        own_expires_at: string | null;
                        /** @description as `spend_limits`, set by its owner */
                        own_spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description the first characters of its secret */
                        prefix: string | null;
                        /** @description when the secret from before the last rotation stops working */
                        previous_key_until: (string | null) | null;
                        /** @description why its requests are rejected now, as its holder is told; what is not settled is not counted */
                        problem: (string | null) | null;
                        /** @description when it was permanently revoked */
                        revoked_at: (string | null) | null;
                        /** @description `{daily, weekly, monthly, total}`: USD it may be charged, after the multiplier; windows as in its group */
                        spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description its charges and limits: `kind`, `limit_usd`, `used_usd`, `started_at`, `resets_at` */
                        spending: {
                            kind: string;
                            limit_usd: string | null;
                            resets_at: string | null;
                            started_at: string | null;
                            used_usd: string;
                        }[] | null;
                        /** @description requests with a disabled key are rejected; `revoked` is permanent; `expired`: it is past its end */
                        status: string;
                        /** @description the team that its usage counts in, of which its owner is a member */
                        team: string | null;
                        /** @description as `spend_limits`, set by a lead of its team */
                        team_spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description its owner */
                        user_email: string | null;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_me_v1_keys_id_test: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description a number */
                id: string;
            };
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody?: {
            content: {
                "application/json": {
                    /** @description the id of a model */
                    model?: string;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description list cost; null where none is on record yet */
                        cost_usd: string | null;
                        duration_ms: number;
                        /** @description what a client would have been told */
                        error: {
                            message: string;
                            type: string;
                        } | null;
                        exchange_id: string;
                        /** @description the one that was asked for */
                        model: string;
                        ok: boolean;
                        /** @description what a client would have been answered with */
                        status: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_me_v1_ledger_entries: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description an integer from 1 to 1000 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            amount_usd: string;
                            balance_after_usd: string;
                            created_at: string;
                            id: string;
                            kind: string;
                            note: string | null;
                            source_id: string;
                            user_email: string;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_me_v1_oidc_callback: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page that goes on by itself, unless it was begun for the console */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description Back to the console; its sign-in page says why nobody is signed in */
            303: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_me_v1_oidc_sign_in: {
        parameters: {
            query?: {
                /** @description the path of a page of the console, where a browser is sent in the end */
                return_to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            302: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Back to the console; its sign-in page says why nobody is signed in */
            303: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_me_v1_password: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody: {
            content: {
                "application/json": {
                    /** @description a password */
                    current_password: string;
                    /** @description 12 to 256 characters long */
                    new_password: string;
                };
            };
        };
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_me_v1_pauses: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description an integer from 1 to 1000 */
                limit?: number;
                /** @description active or over */
                status?: "active" | "over";
                /** @description the name of a team */
                team?: string | null;
                /** @description an e-mail address */
                user?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description the agent of the session; empty: the one it began with; null: the whole session */
                            agent: string | null;
                            /** @description when it began */
                            created_at: (string | null) | null;
                            /** @description who has paused it; `sluice`: a brake */
                            created_by: string | null;
                            /** @description when it ends by itself; null: only when somebody resumes */
                            ends_at: (string | null) | null;
                            /** @description the request that tripped the brake, for `sluice why` */
                            exchange_id: (string | null) | null;
                            id: string;
                            /** @description the key’s name */
                            key: string;
                            /** @description what was too much: `spend`, `requests` or `identical_turns`; `hand`: somebody has paused it */
                            kind: string | null;
                            /** @description why, as the client reads it */
                            reason: string;
                            /** @description when it was resumed, or was seen to have ended */
                            resumed_at: (string | null) | null;
                            /** @description who resumed it; null: it has ended by itself, or not yet */
                            resumed_by: (string | null) | null;
                            /** @description the session that is paused, as its client names it, or a hash behind `~`; null: the whole key */
                            session: string | null;
                            /** @description `active`, or `over`: resumed, or ended by itself */
                            status: string | null;
                            /** @description the key’s team; null: it has none */
                            team: (string | null) | null;
                            /** @description its owner */
                            user_email: string | null;
                            version: number;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_me_v1_pauses_id_resume: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description a number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description the agent of the session; empty: the one it began with; null: the whole session */
                        agent: string | null;
                        /** @description when it began */
                        created_at: (string | null) | null;
                        /** @description who has paused it; `sluice`: a brake */
                        created_by: string | null;
                        /** @description when it ends by itself; null: only when somebody resumes */
                        ends_at: (string | null) | null;
                        /** @description the request that tripped the brake, for `sluice why` */
                        exchange_id: (string | null) | null;
                        id: string;
                        /** @description the key’s name */
                        key: string;
                        /** @description what was too much: `spend`, `requests` or `identical_turns`; `hand`: somebody has paused it */
                        kind: string | null;
                        /** @description why, as the client reads it */
                        reason: string;
                        /** @description when it was resumed, or was seen to have ended */
                        resumed_at: (string | null) | null;
                        /** @description who resumed it; null: it has ended by itself, or not yet */
                        resumed_by: (string | null) | null;
                        /** @description the session that is paused, as its client names it, or a hash behind `~`; null: the whole key */
                        session: string | null;
                        /** @description `active`, or `over`: resumed, or ended by itself */
                        status: string | null;
                        /** @description the key’s team; null: it has none */
                        team: (string | null) | null;
                        /** @description its owner */
                        user_email: string | null;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_me_v1_redeem: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody: {
            content: {
                "application/json": {
                    /** @description a code such as SLC-7QK2M-… */
                    code: string;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        amount_usd: string | null;
                        balance_usd: string | null;
                        days: number | null;
                        expires_at: string | null;
                        group: string | null;
                        kind: string;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_me_v1_service_users: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description an integer from 1 to 1000 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description given once, at creation: the opening balance; shown: the current balance */
                            balance_usd: string;
                            /** @description maximum number of requests in flight; 0 = no limit */
                            concurrency: number;
                            /** @description unique; stored in lower case */
                            email: string;
                            id: string;
                            /** @description `service`: used by programs; nobody [signs in](sign-in.md) as one, and its owner manages its keys */
                            kind: string;
                            /** @description when one of their keys was last used */
                            last_used_at: (string | null) | null;
                            /** @description service users only: the person it belongs to */
                            owner: string | null;
                            /** @description what they may do when they [sign in](sign-in.md) */
                            role: string;
                            version: number;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_me_v1_session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description the port of the Messages API, if it is another than that of the admin API */
                        clients_port: number | null;
                        /** @description where clients reach the Messages API, without /v1, if CLIENTS_URL says so */
                        clients_url: string | null;
                        expires_at: string;
                        /** @description false for an operator by a link, who has nothing of their own */
                        is_user: boolean;
                        /** @enum {unknown} */
                        method: "password" | "oidc" | "link";
                        /** @description an e-mail address; an operator's name, who came by a link of `sluice console` */
                        name: string;
                        /** @enum {unknown} */
                        role: "admin" | "viewer" | "user";
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_me_v1_sessions: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description an integer from 1 to 1000 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            client_address: string | null;
                            /** @description when the person signed in */
                            created_at: string;
                            /** @description whether it is the one that asks */
                            current: boolean;
                            expires_at: string;
                            id: string;
                            /** @description how they signed in */
                            method: string;
                            user_agent: string | null;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    delete_me_v1_sessions_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description a number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_me_v1_sign_in: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description whether GET /me/v1/oidc/sign-in leads to a provider */
                        oidc: boolean;
                        /** @enum {boolean} */
                        password: true;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_me_v1_sign_in: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody: {
            content: {
                "application/json": {
                    /** @description an e-mail address */
                    email: string;
                    /** @description a password */
                    password: string;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        email: string;
                        /** @enum {unknown} */
                        role: "admin" | "viewer" | "user";
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_me_v1_sign_out: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_me_v1_sign_out_everywhere: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_me_v1_subscriptions: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description an integer from 1 to 1000 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description when it ends */
                            expires_at: (string | null) | null;
                            /** @description a group of kind subscription */
                            group: string;
                            id: string;
                            /** @description when it begins */
                            starts_at: string;
                            /**
                             * @description if suspended it cannot be used, but its days pass; `upcoming`: it begins later; `expired`: it ended
                             * @enum {string}
                             */
                            status: "active" | "upcoming" | "suspended" | "expired" | "revoked";
                            /** @description its owner */
                            user_email: string | null;
                            version: number;
                            /** @description usage of its group’s limits: `kind`, `limit_usd`, `used_usd`, `started_at`, `resets_at` */
                            windows: {
                                kind: string;
                                limit_usd: string | null;
                                resets_at: string | null;
                                started_at: string | null;
                                used_usd: string;
                            }[] | null;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_me_v1_teams: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description an integer from 1 to 1000 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            id: string;
                            name: string;
                            pool: {
                                /** @enum {unknown} */
                                kind: "day" | "week" | "month";
                                /** @description with what it is raised by now */
                                limit_usd: string | null;
                                resets_at: string;
                                started_at: string;
                                used_usd: string;
                            }[];
                            /** @enum {unknown} */
                            role: "lead" | "member";
                            share: {
                                guaranteed_usd: string | null;
                                /** @enum {unknown} */
                                kind: "day" | "week" | "month";
                                /** @description with what it is raised by now */
                                limit_usd: string | null;
                                /** @description what may still be charged, as the others stand now; null: nothing limits it */
                                remaining_usd: string | null;
                                resets_at: string;
                                started_at: string;
                                used_usd: string;
                            }[];
                            /** @enum {unknown} */
                            status: "active" | "disabled";
                            time_zone: string;
                            version: number;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_me_v1_teams_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description a number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        name: string;
                        pool: {
                            /** @enum {unknown} */
                            kind: "day" | "week" | "month";
                            /** @description with what it is raised by now */
                            limit_usd: string | null;
                            resets_at: string;
                            started_at: string;
                            used_usd: string;
                        }[];
                        /** @enum {unknown} */
                        role: "lead" | "member";
                        share: {
                            guaranteed_usd: string | null;
                            /** @enum {unknown} */
                            kind: "day" | "week" | "month";
                            /** @description with what it is raised by now */
                            limit_usd: string | null;
                            /** @description what may still be charged, as the others stand now; null: nothing limits it */
                            remaining_usd: string | null;
                            resets_at: string;
                            started_at: string;
                            used_usd: string;
                        }[];
                        /** @enum {unknown} */
                        status: "active" | "disabled";
                        time_zone: string;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_me_v1_teams_id_keys: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description an integer from 1 to 1000 */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description a number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description the group it uses */
                            group: string;
                            id: string;
                            /** @description when it was last used */
                            last_used_at: (string | null) | null;
                            /** @description its name, unique among its owner’s keys */
                            name: string;
                            /** @description the first characters of its secret */
                            prefix: string | null;
                            /** @description why its requests are rejected now, as its holder is told; what is not settled is not counted */
                            problem: (string | null) | null;
                            /** @description `{daily, weekly, monthly, total}`: USD it may be charged, after the multiplier; windows as in its group */
                            spend_limits: {
                                /** @description a day */
                                daily: string | null;
                                /** @description a month */
                                monthly: string | null;
                                /** @description in all */
                                total: string | null;
                                /** @description a week */
                                weekly: string | null;
                            };
                            /** @description its charges and limits: `kind`, `limit_usd`, `used_usd`, `started_at`, `resets_at` */
                            spending: {
                                kind: string;
                                limit_usd: string | null;
                                resets_at: string | null;
                                started_at: string | null;
                                used_usd: string;
                            }[] | null;
                            /** @description requests with a disabled key are rejected; `revoked` is permanent; `expired`: it is past its end */
                            status: string;
                            /** @description as `spend_limits`, set by a lead of its team */
                            team_spend_limits: {
                                /** @description a day */
                                daily: string | null;
                                /** @description a month */
                                monthly: string | null;
                                /** @description in all */
                                total: string | null;
                                /** @description a week */
                                weekly: string | null;
                            };
                            /** @description its owner */
                            user_email: string | null;
                            version: number;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    patch_me_v1_teams_id_keys_key: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description a number */
                id: string;
                /** @description a number */
                key: string;
            };
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * @description requests with a disabled key are rejected; `revoked` is permanent; `expired`: it is past its end; active or disabled
                     * @enum {string}
                     */
                    status?: "active" | "disabled";
                    /** @description as `spend_limits`, set by a lead of its team; a mapping */
                    team_spend_limits?: {
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        daily?: string | null;
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        monthly?: string | null;
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        total?: string | null;
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        weekly?: string | null;
                    };
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description the group it uses */
                        group: string;
                        id: string;
                        /** @description when it was last used */
                        last_used_at: (string | null) | null;
                        /** @description its name, unique among its owner’s keys */
                        name: string;
                        /** @description the first characters of its secret */
                        prefix: string | null;
                        /** @description why its requests are rejected now, as its holder is told; what is not settled is not counted */
                        problem: (string | null) | null;
                        /** @description `{daily, weekly, monthly, total}`: USD it may be charged, after the multiplier; windows as in its group */
                        spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description its charges and limits: `kind`, `limit_usd`, `used_usd`, `started_at`, `resets_at` */
                        spending: {
                            kind: string;
                            limit_usd: string | null;
                            resets_at: string | null;
                            started_at: string | null;
                            used_usd: string;
                        }[] | null;
                        /** @description requests with a disabled key are rejected; `revoked` is permanent; `expired`: it is past its end */
                        status: string;
                        /** @description as `spend_limits`, set by a lead of its team */
                        team_spend_limits: {
                            /** @description a day */
                            daily: string | null;
                            /** @description a month */
                            monthly: string | null;
                            /** @description in all */
                            total: string | null;
                            /** @description a week */
                            weekly: string | null;
                        };
                        /** @description its owner */
                        user_email: string | null;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_me_v1_teams_id_members: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description a number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description `{daily, weekly, monthly}`: USD that the others cannot use up */
                            guaranteed: {
                                /** @description a day */
                                daily: string | null;
                                /** @description a month */
                                monthly: string | null;
                                /** @description a week */
                                weekly: string | null;
                            };
                            /** @description `{daily, weekly, monthly}`: USD that the member cannot go beyond */
                            limits: {
                                /** @description a day */
                                daily: string | null;
                                /** @description a month */
                                monthly: string | null;
                                /** @description a week */
                                weekly: string | null;
                            };
                            /** @enum {unknown} */
                            role: "lead" | "member";
                            spending: {
                                guaranteed_usd: string | null;
                                /** @enum {unknown} */
                                kind: "day" | "week" | "month";
                                /** @description with what it is raised by now */
                                limit_usd: string | null;
                                /** @description what may still be charged, as the others stand now; null: nothing limits it */
                                remaining_usd: string | null;
                                resets_at: string;
                                started_at: string;
                                used_usd: string;
                            }[];
                            user: string;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    put_me_v1_teams_id_members_user: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description a number */
                id: string;
                /** @description an e-mail address */
                user: string;
            };
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody?: {
            content: {
                "application/json": {
                    /** @description `{daily, weekly, monthly}`: USD that the others cannot use up; a mapping */
                    guaranteed?: {
                        /** @description an amount of USD above 0 with at most 9 decimals */
                        daily?: string;
                        /** @description an amount of USD above 0 with at most 9 decimals */
                        monthly?: string;
                        /** @description an amount of USD above 0 with at most 9 decimals */
                        weekly?: string;
                    };
                    /** @description `{daily, weekly, monthly}`: USD that the member cannot go beyond; a mapping */
                    limits?: {
                        /** @description an amount of USD above 0 with at most 9 decimals */
                        daily?: string;
                        /** @description an amount of USD above 0 with at most 9 decimals */
                        monthly?: string;
                        /** @description an amount of USD above 0 with at most 9 decimals */
                        weekly?: string;
                    };
                    /**
                     * @description `lead`: manages the team: its members, their shares and its keys; lead or member
                     * @enum {string}
                     */
                    role?: "lead" | "member";
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        name: string;
                        pool: {
                            /** @enum {unknown} */
                            kind: "day" | "week" | "month";
                            /** @description with what it is raised by now */
                            limit_usd: string | null;
                            resets_at: string;
                            started_at: string;
                            used_usd: string;
                        }[];
                        /** @enum {unknown} */
                        role: "lead" | "member";
                        share: {
                            guaranteed_usd: string | null;
                            /** @enum {unknown} */
                            kind: "day" | "week" | "month";
                            /** @description with what it is raised by now */
                            limit_usd: string | null;
                            /** @description what may still be charged, as the others stand now; null: nothing limits it */
                            remaining_usd: string | null;
                            resets_at: string;
                            started_at: string;
                            used_usd: string;
                        }[];
                        /** @enum {unknown} */
                        status: "active" | "disabled";
                        time_zone: string;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    delete_me_v1_teams_id_members_user: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description a number */
                id: string;
                /** @description an e-mail address */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    patch_me_v1_teams_id_members_user: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description a number */
                id: string;
                /** @description an e-mail address */
                user: string;
            };
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody?: {
            content: {
                "application/json": {
                    /** @description `{daily, weekly, monthly}`: USD that the others cannot use up; a mapping */
                    guaranteed?: {
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        daily?: string | null;
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        monthly?: string | null;
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        weekly?: string | null;
                    };
                    /** @description `{daily, weekly, monthly}`: USD that the member cannot go beyond; a mapping */
                    limits?: {
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        daily?: string | null;
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        monthly?: string | null;
                        /** @description an amount of USD above 0 with at most 9 decimals, or null */
                        weekly?: string | null;
                    };
                    /** @description `lead`: manages the team: its members, their shares and its keys; lead or member, or null */
                    role?: ("lead" | "member") | null;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        name: string;
                        pool: {
                            /** @enum {unknown} */
                            kind: "day" | "week" | "month";
                            /** @description with what it is raised by now */
                            limit_usd: string | null;
                            resets_at: string;
                            started_at: string;
                            used_usd: string;
                        }[];
                        /** @enum {unknown} */
                        role: "lead" | "member";
                        share: {
                            guaranteed_usd: string | null;
                            /** @enum {unknown} */
                            kind: "day" | "week" | "month";
                            /** @description with what it is raised by now */
                            limit_usd: string | null;
                            /** @description what may still be charged, as the others stand now; null: nothing limits it */
                            remaining_usd: string | null;
                            resets_at: string;
                            started_at: string;
                            used_usd: string;
                        }[];
                        /** @enum {unknown} */
                        status: "active" | "disabled";
                        time_zone: string;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_me_v1_teams_id_raises: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description an integer from 1 to 1000 */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description a number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description by how much */
                            amount_usd: string;
                            /** @description since when */
                            created_at: (string | null) | null;
                            /** @description when it was ended before its time */
                            ended_at: (string | null) | null;
                            /** @description who gave it */
                            given_by: string | null;
                            id: string;
                            /** @description which limit is raised */
                            period: string;
                            /** @description why */
                            reason: string;
                            /** @description the team */
                            team: string;
                            /** @description until when */
                            until: string;
                            /** @description the member whose limit is raised */
                            user: string | null;
                            version: number;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_me_v1_teams_id_raises: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description a number */
                id: string;
            };
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody: {
            content: {
                "application/json": {
                    /** @description by how much; an amount of USD above 0 with at most 9 decimals */
                    amount_usd: string;
                    /**
                     * @description which limit is raised; daily, weekly or monthly
                     * @enum {string}
                     */
                    period: "daily" | "weekly" | "monthly";
                    /** @description why; a line of 1 to 500 characters */
                    reason: string;
                    /** @description until when; a time such as 2030-12-31T23:59:59Z or a day such as 2030-12-31, tomorrow or a span such as 90m or 30d */
                    until: string;
                    /** @description the member whose limit is raised; an e-mail address */
                    user: string;
                };
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description by how much */
                        amount_usd: string;
                        /** @description since when */
                        created_at: (string | null) | null;
                        /** @description when it was ended before its time */
                        ended_at: (string | null) | null;
                        /** @description who gave it */
                        given_by: string | null;
                        id: string;
                        /** @description which limit is raised */
                        period: string;
                        /** @description why */
                        reason: string;
                        /** @description the team */
                        team: string;
                        /** @description until when */
                        until: string;
                        /** @description the member whose limit is raised */
                        user: string | null;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_me_v1_teams_id_raises_raise_end: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that the row must still have */
                "if-match"?: string;
            };
            path: {
                /** @description a number */
                id: string;
                /** @description a number */
                raise: string;
            };
            cookie?: never;
        };
        /** @description a JSON object */
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description by how much */
                        amount_usd: string;
                        /** @description since when */
                        created_at: (string | null) | null;
                        /** @description when it was ended before its time */
                        ended_at: (string | null) | null;
                        /** @description who gave it */
                        given_by: string | null;
                        id: string;
                        /** @description which limit is raised */
                        period: string;
                        /** @description why */
                        reason: string;
                        /** @description the team */
                        team: string;
                        /** @description until when */
                        until: string;
                        /** @description the member whose limit is raised */
                        user: string | null;
                        version: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_me_v1_teams_id_usage_summary: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description a time such as 2026-01-31T18:00:00Z or a day such as 2026-01-31, today, yesterday or a span such as 12h or 30d */
                from?: string;
                /** @description one or several of user, key, model, hour, day, with commas between them */
                group_by?: string;
                /** @description a text of 1 to 300 characters, or up to 100 of them */
                key?: string[];
                /** @description an integer from 1 to 1000 */
                limit?: number;
                /** @description a text of 1 to 300 characters, or up to 100 of them */
                model?: string[];
                /** @description the time zone whose days are meant, such as Europe/Berlin */
                time_zone?: string;
                /** @description a time such as 2026-01-31T18:00:00Z or a day such as 2026-01-31, today, yesterday, tomorrow or a span such as 12h or 30d */
                to?: string;
                /** @description a text of 1 to 300 characters, or up to 100 of them */
                user?: string[];
            };
            header?: never;
            path: {
                /** @description a number */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            account?: string | null;
                            account_id?: string;
                            cache_creation_tokens: number;
                            cache_hit_rate: number | null;
                            cache_read_tokens: number;
                            charged_usd: string;
                            cost_usd: string;
                            day?: string;
                            errors: number;
                            group?: string | null;
                            group_id?: string;
                            hour?: string;
                            input_tokens: number;
                            key_id?: string;
                            key_name?: string | null;
                            model?: string;
                            output_tokens: number;
                            requests: number;
                            team?: string | null;
                            team_id?: string;
                            user_email?: string | null;
                            user_id?: string;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_me_v1_usage_events: {
        parameters: {
            query?: {
                /** @description final, partial or unknown, or up to 100 of them */
                basis?: ("final" | "partial" | "unknown")[];
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description a time such as 2026-01-31T18:00:00Z or a day such as 2026-01-31, today, yesterday or a span such as 12h or 30d */
                from?: string;
                /** @description a text of 1 to 300 characters, or up to 100 of them */
                group?: string[];
                /** @description a text of 1 to 300 characters, or up to 100 of them */
                key?: string[];
                /** @description an integer from 1 to 1000 */
                limit?: number;
                /** @description a text of 1 to 300 characters, or up to 100 of them */
                model?: string[];
                /** @description completed, client_closed, upstream_error, upstream_cut or interrupted, or up to 100 of them */
                outcome?: ("completed" | "client_closed" | "upstream_error" | "upstream_cut" | "interrupted")[];
                /** @description a text of 1 to 300 characters, or up to 100 of them */
                subject?: string[];
                /** @description a text of 1 to 300 characters, or up to 100 of them */
                team?: string[];
                /** @description a time such as 2026-01-31T18:00:00Z or a day such as 2026-01-31, today, yesterday, tomorrow or a span such as 12h or 30d */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            attempt: number;
                            /** @enum {unknown} */
                            basis: "final" | "partial" | "unknown";
                            cache_creation_1h_tokens: number;
                            cache_creation_5m_tokens: number;
                            cache_read_tokens: number;
                            charged_usd: string;
                            cost_usd: string;
                            created_at: string;
                            duration_ms: number;
                            exchange_id: string;
                            first_byte_ms: number | null;
                            group: string | null;
                            id: string;
                            input_tokens: number;
                            key_name: string | null;
                            model: string;
                            /** @enum {unknown} */
                            outcome: "completed" | "client_closed" | "upstream_error" | "upstream_cut" | "interrupted";
                            output_tokens: number;
                            price_unknown: boolean;
                            price_version: string;
                            queue_ms: number;
                            rate_multiplier: string;
                            requested_model: string;
                            status: number | null;
                            stream: boolean;
                            subject: string | null;
                            team: string | null;
                            user_email: string | null;
                            web_search_requests: number;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_me_v1_usage_summary: {
        parameters: {
            query?: {
                /** @description the next_cursor of the page before */
                cursor?: string;
                /** @description a time such as 2026-01-31T18:00:00Z or a day such as 2026-01-31, today, yesterday or a span such as 12h or 30d */
                from?: string;
                /** @description a text of 1 to 300 characters, or up to 100 of them */
                group?: string[];
                /** @description one or several of key, group, model, team, hour, day, with commas between them */
                group_by?: string;
                /** @description a text of 1 to 300 characters, or up to 100 of them */
                key?: string[];
                /** @description an integer from 1 to 1000 */
                limit?: number;
                /** @description a text of 1 to 300 characters, or up to 100 of them */
                model?: string[];
                /** @description a text of 1 to 300 characters, or up to 100 of them */
                team?: string[];
                /** @description the time zone whose days are meant, such as Europe/Berlin */
                time_zone?: string;
                /** @description a time such as 2026-01-31T18:00:00Z or a day such as 2026-01-31, today, yesterday, tomorrow or a span such as 12h or 30d */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            account?: string | null;
                            account_id?: string;
                            cache_creation_tokens: number;
                            cache_hit_rate: number | null;
                            cache_read_tokens: number;
                            charged_usd: string;
                            cost_usd: string;
                            day?: string;
                            errors: number;
                            group?: string | null;
                            group_id?: string;
                            hour?: string;
                            input_tokens: number;
                            key_id?: string;
                            key_name?: string | null;
                            model?: string;
                            output_tokens: number;
                            requests: number;
                            team?: string | null;
                            team_id?: string;
                            user_email?: string | null;
                            user_id?: string;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_user_balance: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description USD; missing without a limit */
                        balance?: number;
                        is_active: boolean;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_v1_messages: {
        parameters: {
            query?: never;
            header?: {
                /** @description passes to the upstream as it is */
                "anthropic-beta"?: string;
                /** @description passes to the upstream as it is; 2023-06-01 when it is missing */
                "anthropic-version"?: string;
                /** @description of a session, which stays at one account */
                "x-claude-code-session-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        /** @description what Anthropic's API takes: all of it passes to the upstream, unchanged but for the name of a mapped model */
        requestBody: {
            content: {
                "application/json": {
                    metadata?: Record<string, never>;
                    model: string;
                    stream?: boolean;
                };
            };
        };
        responses: {
            /** @description The upstream's response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                    "text/event-stream": string;
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_v1_messages_count_tokens: {
        parameters: {
            query?: never;
            header?: {
                /** @description passes to the upstream as it is */
                "anthropic-beta"?: string;
                /** @description passes to the upstream as it is; 2023-06-01 when it is missing */
                "anthropic-version"?: string;
                /** @description of a session, which stays at one account */
                "x-claude-code-session-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        /** @description what Anthropic's API takes: all of it passes to the upstream, unchanged but for the name of a mapped model */
        requestBody: {
            content: {
                "application/json": {
                    metadata?: Record<string, never>;
                    model: string;
                    stream?: boolean;
                };
            };
        };
        responses: {
            /** @description The upstream's response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        input_tokens: number;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_v1_models: {
        parameters: {
            query?: {
                after_id?: string;
                before_id?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            created_at: string;
                            display_name: string;
                            id: string;
                            type: string;
                        }[];
                        first_id: string | null;
                        has_more: boolean;
                        last_id: string | null;
                        object: string;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_v1_models_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        created_at: string;
                        display_name: string;
                        id: string;
                        type: string;
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_v1_usage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description USD */
                        balance?: number;
                        expires_at?: string | null;
                        invalidMessage?: string;
                        isValid: boolean;
                        key_limits?: {
                            [key: string]: {
                                /** @description USD */
                                limit: number | null;
                                /** @description USD */
                                remaining: number | null;
                                resets_at: string | null;
                                starts_at: string | null;
                                /** @description USD */
                                used: number;
                            };
                        };
                        member_limits?: {
                            [key: string]: {
                                /** @description USD */
                                limit: number | null;
                                /** @description USD */
                                remaining: number | null;
                                resets_at: string | null;
                                starts_at: string | null;
                                /** @description USD */
                                used: number;
                            };
                        };
                        planName: string;
                        plans: {
                            extra?: string;
                            invalidMessage?: string;
                            isValid: boolean;
                            planName: string;
                            /** @description USD; -1 is no limit */
                            remaining?: number;
                            /** @description USD */
                            total?: number;
                            unit: string;
                            /** @description USD */
                            used?: number;
                        }[];
                        /** @description USD; -1 is no limit */
                        remaining: number;
                        team_limits?: {
                            [key: string]: {
                                /** @description USD */
                                limit: number | null;
                                /** @description USD */
                                remaining: number | null;
                                resets_at: string | null;
                                starts_at: string | null;
                                /** @description USD */
                                used: number;
                            };
                        };
                        /** @description USD */
                        total?: number;
                        unit: string;
                        /** @description USD */
                        used?: number;
                        windows?: {
                            [key: string]: {
                                /** @description USD */
                                limit: number | null;
                                /** @description USD */
                                remaining: number | null;
                                resets_at: string | null;
                                starts_at: string | null;
                                /** @description USD */
                                used: number;
                            };
                        };
                    };
                };
            };
            /** @description Anything else that is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
}
