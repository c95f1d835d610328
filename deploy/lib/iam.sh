# shellcheck shell=bash
# Accounts, the custom role, and who has which role on what.

# Marks what these scripts made, so that they neither change nor delete what is someone else's.
made_by="Made by deploy/deploy.sh of jitcleanup"

enable_apis() {
    local api
    local -a missing=()
    look_up gcloud services list --enabled --project="$PROJECT_ID" '--format=value(config.name)'
    for api in "$@"; do
        found_line "$api.googleapis.com" || missing+=("$api.googleapis.com")
    done
    if ((${#missing[@]} > 0)); then
        change gcloud services enable "${missing[@]}" --project="$PROJECT_ID"
    fi
}

look_up_account() {
    look_up gcloud iam service-accounts describe "$1" --project="$PROJECT_ID" '--format=flattened[no-pad]'
}

ensure_account() {
    local id=$1 name=$2
    look_up_account "$id@$PROJECT_ID.iam.gserviceaccount.com"
    if [[ -z $found ]]; then
        change gcloud iam service-accounts create "$id" --project="$PROJECT_ID" \
            --display-name="$name" --description="$made_by"
    elif [[ $(found_value disabled) == [Tt]rue ]]; then
        fail "The account $id is disabled: nothing would work with it. Enable it, or name another one."
    fi
}

delete_account() {
    local email=$1@$PROJECT_ID.iam.gserviceaccount.com
    look_up_account "$email"
    if [[ $(found_value description) == "$made_by" ]]; then
        change gcloud iam service-accounts delete "$email" --project="$PROJECT_ID" --quiet
    elif [[ -n $found ]]; then
        say "Kept: the account $email, which deploy.sh did not make."
    fi
}

# Where the role for a scope is kept: --organization=N or --project=ID. A folder can have none of its own.
role_parent() {
    if [[ -n $ROLE_ORGANIZATION ]]; then
        printf -- '--organization=%s' "$ROLE_ORGANIZATION"
    elif [[ $1 == organizations/* ]]; then
        printf -- '--organization=%s' "${1#*/}"
    else
        printf -- '--project=%s' "${1#*/}"
    fi
}

# The role's full name for a scope.
role_name() {
    local parent
    parent=$(role_parent "$1")
    parent=${parent#--}
    printf '%ss/%s/roles/%s' "${parent%%=*}" "${parent#*=}" "$ROLE_ID"
}

# Each place of the role once: several projects may share one of their organization.
role_parents() {
    local scope
    for scope in "${scopes[@]}"; do
        role_parent "$scope"
        printf '\n'
    done | sort --unique
}

# Only of the kinds of resources that are asked for. As found_permissions prints them.
role_permissions() {
    local resource
    {
        for resource in ${CLEANUP_RESOURCES//,/ }; do
            printf 'resourcemanager.%s.%s\n' "$resource" getIamPolicy "$resource" setIamPolicy
        done
        ! sweeps_below || printf 'resourcemanager.%s.list\n' projects folders
    } | sort --unique | paste -s -d , -
}

look_up_role() {
    look_up gcloud iam roles describe "$ROLE_ID" "$1" '--format=flattened[no-pad]'
}

ensure_role() {
    local parent=$1 role_permissions
    role_permissions=$(role_permissions)
    look_up_role "$parent"
    if [[ -z $found ]]; then
        change gcloud iam roles create "$ROLE_ID" "$parent" --title=jitcleanup --description="$made_by" \
            --permissions="$role_permissions" --stage=GA --quiet
        return
    fi
    [[ $(found_value description) == "$made_by" ]] || fail \
        "There is a role $ROLE_ID (${parent#--}) that deploy.sh did not make. Choose another ROLE_ID."
    # A deleted role can be brought back for 7 days, and a new one cannot have its ID for 37.
    if [[ $(found_value deleted) == [Tt]rue ]]; then
        change gcloud iam roles undelete "$ROLE_ID" "$parent" --quiet
    fi
    if [[ $(found_permissions) != "$role_permissions" || $(found_value stage) != GA ]]; then
        change gcloud iam roles update "$ROLE_ID" "$parent" --permissions="$role_permissions" --stage=GA --quiet
    fi
}

# Those of the role in $found, sorted, joined with commas.
found_permissions() {
    sed -n 's/^includedPermissions\[[0-9]*\]: //p' <<<"$found" | sort | paste -s -d , -
}

delete_role() {
    local parent=$1
    look_up_role "$parent"
    if [[ -z $found || $(found_value deleted) == [Tt]rue ]]; then
        return
    fi
    if [[ $(found_value description) == "$made_by" ]]; then
        change gcloud iam roles delete "$ROLE_ID" "$parent" --quiet
    else
        say "Kept: the role $ROLE_ID (${parent#--}), which deploy.sh did not make."
    fi
}

# Looks up who has what on a resource, one line for each: ROLE,MEMBER,CONDITION. The resource is given as the words that
# gcloud has for its kind, in one argument, and then what names it.
look_up_bindings() {
    local kind=$1
    shift
    # shellcheck disable=SC2086  # the kind is several words
    look_up gcloud $kind get-iam-policy "$@" '--flatten=bindings[].members[]' \
        '--format=csv[no-heading](bindings.role,bindings.members,bindings.condition.title)'
}

# add_binding and remove_binding, once it is known that they are needed.
change_binding() {
    local verb=$1 member=serviceAccount:$2 role=$3 kind=$4 condition=
    shift 4
    # Topics, subscriptions, queues and jobs have no conditions, and no such flag.
    [[ $kind == pubsub* || $kind == tasks* || $kind == "run jobs" ]] || condition=--condition=None
    # shellcheck disable=SC2086  # the kind is several words
    change gcloud $kind "$verb-iam-policy-binding" "$@" --member="$member" --role="$role" ${condition:+"$condition"}
}

# usage: ensure_binding EMAIL ROLE KIND NAME [FLAG...]
ensure_binding() {
    look_up_bindings "${@:3}"
    found_line "$2,serviceAccount:$1," || change_binding add "$@"
}

# usage: remove_binding EMAIL ROLE KIND NAME [FLAG...]
remove_binding() {
    look_up_bindings "${@:3}"
    ! found_line "$2,serviceAccount:$1," || change_binding remove "$@"
}

# Calls ensure_binding or remove_binding for the role on a scope.
with_role_on() {
    local action=$1 scope=$2 kind
    case $scope in
        projects/*) kind=projects ;;
        folders/*) kind="resource-manager folders" ;;
        organizations/*) kind=organizations ;;
    esac
    "$action" "$runtime_email" "$(role_name "$scope")" "$kind" "${scope#*/}"
}

# Pub/Sub signs push tokens in the name of the push account: its own account must be allowed to.
ensure_token_creator() {
    local -a binding=(
        "$pubsub_agent" roles/iam.serviceAccountTokenCreator "iam service-accounts" "$push_email" --project="$PROJECT_ID"
    )
    look_up_bindings "${binding[@]:2}"
    if ! found_line "${binding[1]},serviceAccount:${binding[0]},"; then
        # It exists at the latest after this.
        change gcloud beta services identity create --service=pubsub.googleapis.com --project="$PROJECT_ID"
        change_binding add "${binding[@]}"
    fi
}
