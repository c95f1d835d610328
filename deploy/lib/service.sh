# shellcheck shell=bash
# The Cloud Run service, whose shape is in deploy/service.yaml alone.

# The text inside a double-quoted YAML string.
yaml_escaped() {
    local text=${1//\\/\\\\}
    printf '%s' "${text//\"/\\\"}"
}

# The value for one ${NAME} of the template.
template_value() {
    case $1 in
        IMAGE) printf '%s' "$image" ;;
        SERVICE_URL) printf '%s' "$service_url" ;;
        RENDERED_DIGEST) printf '%s' "$rendered_digest" ;;
        MORE_SETTINGS) more_settings ;;
        *)
            [[ -n ${!1+set} ]] || fail "deploy/service.yaml names $1, which is no setting."
            yaml_escaped "${!1}"
            ;;
    esac
}

# Those of --set, as further lines of the environment.
more_settings() {
    local setting separator=
    for setting in ${service_settings[@]+"${service_settings[@]}"}; do
        printf '%s            - name: %s\n' "$separator" "${setting%%=*}"
        printf '              value: "%s"' "$(yaml_escaped "${setting#*=}")"
        separator=$'\n'
    done
}

# Prints deploy/service.yaml without its comments, with the settings in the place of ${...}, which all stand inside double
# quotes or are checked to be plain words. One pass: what a value looks like does not matter.
# shellcheck disable=SC2016  # the names are those of the template
render_template() {
    local rest name
    rest=$(sed 's/^ *# \(${MORE_SETTINGS}\).*/\1/; /^ *#/d' deploy/service.yaml)
    while [[ $rest == *'${'* ]]; do
        printf '%s' "${rest%%'${'*}"
        rest=${rest#*'${'}
        name=${rest%%'}'*}
        rest=${rest#*'}'}
        template_value "$name"
    done
    printf '%s\n' "$rest"
}

# Leaves the service's definition in $scratch/service.yaml. Its annotation has the digest of all but the image and the
# address, which a dry run may not know, so that the next run sees whether anything of it has changed.
render_service() {
    rendered_digest=$(image='' service_url='' rendered_digest='' render_template | "${checksum[@]}" | cut -d " " -f 1)
    render_template | sed '/^$/d' >"$scratch/service.yaml"
}

# What the rendered definition says of that which people change by hand, as gcloud's flattened format has it.
wanted_service() {
    printf 'annotation jitcleanup/rendered: %s\n' "$rendered_digest"
    printf 'ingress: internal\n'
    wanted_container "$ACK_DEADLINE"
}

# The same of the service in $found.
actual_service() {
    printf 'annotation jitcleanup/rendered: %s\n' "$(found_value metadata.annotations.jitcleanup/rendered)"
    printf 'ingress: %s\n' "$(found_value metadata.annotations.run.googleapis.com/ingress)"
    actual_container spec.template.spec
}

# What a service and a job have in common, with this time limit.
wanted_container() {
    cat <<END
image: $image
account: $runtime_email
timeout: $1
ready: True
END
    awk '/^ *env:/ {inside = 1; next}
        inside && sub(/^ *- name: /, "") {name = $0}
        inside && sub(/^ *value: "/, "") {sub(/"$/, ""); gsub(/\\"/, "\""); gsub(/\\\\/, "\\"); print "env " name "=" $0}
        /^  [a-z]/ {inside = 0}' "$scratch/service.yaml"
}

# The same of what is in $found, whose containers are below this key.
actual_container() {
    local template=$1 index
    printf 'image: %s\n' "$(found_value "$template.containers[0].image")"
    printf 'account: %s\n' "$(found_value "$template.serviceAccountName")"
    printf 'timeout: %s\n' "$(found_value "$template.timeoutSeconds")"
    index=$(sed -n 's/^status\.conditions\[\([0-9]*\)\]\.type: Ready$/\1/p' <<<"$found")
    printf 'ready: %s\n' "$(found_value "status.conditions[$index].status")"
    sed -n "s/^$template\.containers\[0\]\.env\[[0-9]*\]\.//p" <<<"$found" \
        | awk '/^name: / {if (name) print "env " name "=" value; name = substr($0, 7); value = ""}
            /^value: / {value = substr($0, 8)}
            END {if (name) print "env " name "=" value}'
}

# About the service in $found.
warn_of_activation_scope() {
    if grep --quiet --line-regexp 'env CLEANUP_SCOPE=activation' <<<"$(actual_service)"; then
        warn "The service has CLEANUP_SCOPE=activation, with which this version refuses to start: after an upgrade of the" \
            "image alone (gcloud run deploy --image) the old revision goes on serving. This run drops the variable, and" \
            "from then on every expired binding in scope is removed."
    fi
}

ensure_service() {
    look_up gcloud run services describe "$SERVICE" --project="$PROJECT_ID" --region="$REGION" '--format=flattened[no-pad]'
    render_service
    if [[ -n $found ]]; then
        warn_of_activation_scope
        if diff <(actual_service) <(wanted_service) >"$scratch/difference"; then
            return
        fi
        sed -n 's/^[<>] /  &/p' "$scratch/difference" >&2
    fi
    input=$scratch/service.yaml
    change gcloud run services replace - --project="$PROJECT_ID" --region="$REGION"
    input=/dev/null
}

delete_service() {
    look_up gcloud run services describe "$SERVICE" --project="$PROJECT_ID" --region="$REGION" '--format=flattened[no-pad]'
    if [[ -n $found ]]; then
        change gcloud run services delete "$SERVICE" --project="$PROJECT_ID" --region="$REGION" --quiet
    fi
}
