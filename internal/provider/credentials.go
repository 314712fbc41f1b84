package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
)

// resolveCredentials returns the keys of the block, or else of the environment.
// A half pair is never completed from the other. Where there are none, the
// diagnostic says so: that is no error until something is to be called.
func resolveCredentials(block providerModel, env getenv, diags *diag.Diagnostics) (func(context.Context) (ecsapi.Credentials, error), diag.Diagnostic) {
	if block.AccessKey.IsUnknown() || block.SecretKey.IsUnknown() || block.SecurityToken.IsUnknown() {
		return nil, nil
	}
	keys := ecsapi.Credentials{
		AccessKeyID:     block.AccessKey.ValueString(),
		AccessKeySecret: block.SecretKey.ValueString(),
		SecurityToken:   block.SecurityToken.ValueString(),
	}
	accessKey, secretKey := "access_key", "secret_key"
	if keys.AccessKeyID == "" && keys.AccessKeySecret == "" {
		keys.AccessKeyID, accessKey = env.first(accessKeyVariables)
		keys.AccessKeySecret, secretKey = env.first(secretKeyVariables)
		keys.SecurityToken, _ = env.first(securityTokenVariables)
	}
	switch {
	case keys.AccessKeyID == "" && keys.AccessKeySecret == "":
		return nil, diag.NewErrorDiagnostic("No Credentials", fmt.Sprintf("A release has to be signed, and there is nothing to sign it with. "+
			"Set access_key and secret_key in the provider block, or the environment variables %s and %s.",
			strings.Join(accessKeyVariables, " or "), strings.Join(secretKeyVariables, " or ")))
	case keys.AccessKeySecret == "":
		diags.AddAttributeError(path.Root("secret_key"), "Half A Pair Of Keys",
			fmt.Sprintf("%s is set, and the secret that goes with it is not. Both must come from the same place.", accessKey))
	case keys.AccessKeyID == "":
		diags.AddAttributeError(path.Root("access_key"), "Half A Pair Of Keys",
			fmt.Sprintf("%s is set, and the access key that goes with it is not. Both must come from the same place.", secretKey))
	}
	return func(context.Context) (ecsapi.Credentials, error) { return keys, nil }, nil
}
