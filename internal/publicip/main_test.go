package publicip_test

import (
	"testing"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/acctest"
)

func TestMain(m *testing.M) { acctest.Main(m) }
