# Warnings about settings that are accepted.

locals {
  without_effect = setintersection(local.retired_settings, keys(var.settings))
}

check "retired_settings" {
  assert {
    condition     = length(local.without_effect) == 0
    error_message = "Of settings, these have no effect any more: ${join(", ", local.without_effect)}. Leave them out."
  }
}

check "titles" {
  assert {
    condition     = var.topic != null || length(var.titles) > 0
    error_message = "Without titles only JIT Access's grants are removed, whatever else the audit log brings."
  }
}

check "dead_letters" {
  assert {
    condition     = var.dead_letter_topic == null
    error_message = "A dead-letter policy counts every \"not yet\" (425) as a failed delivery: messages of grants that last are dead-lettered before their end, and their bindings may stay. dead_letter_topic belongs here only where Cloud Tasks do the waiting; else leave it out."
  }
  assert {
    condition     = var.max_delivery_attempts == null || var.dead_letter_topic != null
    error_message = "max_delivery_attempts has no effect without dead_letter_topic."
  }
}
