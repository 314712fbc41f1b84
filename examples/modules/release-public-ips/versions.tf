terraform {
  required_version = ">= 1.7"

  required_providers {
    # Not alicloud: in the calling modules that is the official provider's name.
    alicloud-extras = {
      source = "alicloud-extras/alicloud"
    }
  }
}
