# shellcheck shell=bash
# The audit log as a trigger: the sink that publishes its entries, and the message transform that reduces them.

# Those that change a policy, but not the service's own nor those of Privileged Access Manager.
audit_filter() {
    # shellcheck disable=SC2016  # the name stands in the file
    sed 's/${SERVICE_ACCOUNT_EMAIL}/'"$runtime_email"'/' deploy/audit-log/filter
}

# As gcloud wants it.
transforms_file() {
    printf -- '- javascriptUdf:\n    functionName: reduce\n    code: |\n'
    sed 's/^./      &/' deploy/audit-log/reduce.js
}

# Text of several lines as gcloud's flattened format has it.
flattened() {
    local text
    # The dot keeps line feeds at the end.
    text=$(yaml_escaped "$1.")
    text=${text%.}
    printf '"%s"' "${text//$'\n'/\\n}"
}

# What wanted_subscription has for the audit log's, besides.
wanted_transform() {
    cat <<END
messageTransforms[0].disabled: 
messageTransforms[0].javascriptUdf.code: $(flattened "$(<deploy/audit-log/reduce.js)"$'\n')
messageTransforms[0].javascriptUdf.functionName: reduce
END
}

# Where the sink is, as a flag: --organization=N, --folder=N or --project=ID.
sink_parent() {
    local kind=${AUDIT_LOG%%/*}
    printf -- '--%s=%s' "${kind%s}" "${AUDIT_LOG#*/}"
}

look_up_sink() {
    look_up gcloud logging sinks describe "$audit_name" "$(sink_parent)" "--format=${1:-flattened[no-pad]}"
}

# Whether the sink in $found is in the wanted state.
is_sink_as_wanted() {
    [[ $(found_value destination) == "pubsub.googleapis.com/$audit_topic" ]] \
        && [[ $(found_value filter) == "$(flattened "$(audit_filter)")" ]] \
        && [[ $AUDIT_LOG == projects/* || $(found_value includeChildren) == [Tt]rue ]] \
        && [[ $(found_value disabled) != [Tt]rue && -z $(found_value 'exclusions[0].name') ]]
}

ensure_sink() {
    local writer='value(writerIdentity.sub("serviceAccount:", ""))'
    local -a settings=("$audit_name" "pubsub.googleapis.com/$audit_topic" "$(sink_parent)" --log-filter="$(audit_filter)")
    # A project has no children, and its sink no such setting.
    [[ $AUDIT_LOG == projects/* ]] || settings+=(--include-children)
    look_up_sink
    if [[ -z $found ]]; then
        change gcloud logging sinks create "${settings[@]}" --description="$made_by"
    elif [[ $(found_value description) != "$made_by" ]]; then
        fail "There is a sink $audit_name ($AUDIT_LOG) that deploy.sh did not make. Choose another SERVICE."
    elif ! is_sink_as_wanted; then
        change gcloud logging sinks update "${settings[@]}" --no-disabled --clear-exclusions
    fi
    # It is Google's to say who that is, and it may be new.
    look_up_sink "$writer"
    if [[ -z $found ]] && $dry_run; then
        found=@WRITER@
        # shellcheck disable=SC2016  # for the shell that reads it
        printf 'WRITER=$(%s)\n' \
            "$(command_line gcloud logging sinks describe "$audit_name" "$(sink_parent)" "--format=$writer")"
    fi
    [[ -n $found ]] || fail "The sink $audit_name ($AUDIT_LOG) has no writer identity."
    ensure_publisher "$found" "$audit_topic"
}

delete_sink() {
    local writer
    look_up_sink
    if [[ -n $found && $(found_value description) != "$made_by" ]]; then
        say "Kept: the sink $audit_name ($AUDIT_LOG), which deploy.sh did not make."
    elif [[ -n $found ]]; then
        writer=$(found_value writerIdentity)
        change gcloud logging sinks delete "$audit_name" "$(sink_parent)" --quiet
        remove_publisher "${writer#*:}" "$audit_topic"
    fi
}
