terraform {
  required_version = ">= 1.7"

  required_providers {
    # Not alicloud, which is the official provider's name in the modules around.
    alicloud-extras = {
      source = "alicloud-extras/alicloud"
    }
  }
}
