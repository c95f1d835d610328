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

check "tasks" {
  assert {
    condition     = var.max_delivery_attempts == null
    error_message = "max_delivery_attempts has no effect any more: leave it out."
  }
  assert {
    condition     = var.task_location == null || var.task_queue != null
    error_message = "task_location has no effect without task_queue."
  }
}

check "sweep" {
  assert {
    condition     = var.sweep_location == null || var.sweep_schedule != null
    error_message = "sweep_location has no effect without sweep_schedule."
  }
}
