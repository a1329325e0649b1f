"""An earlier small middle platform 小中台: members and orders of another Santong."""
